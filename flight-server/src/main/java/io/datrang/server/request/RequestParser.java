package io.datrang.server.request;

import io.datrang.storage.AsOf;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Turns S-expressions into typed requests. For one request. */
final class RequestParser {
  private final ExpressionParser expressions = new ExpressionParser();
  private final SelectParser selects = expressions.selects();

  Request parse(String text, byte[] payload) {
    Form request = Form.of(SExpressionReader.read(text));
    request.expectName("datrang");
    String version = request.word("protocol version");
    if (!version.equals(Integer.toString(Request.PROTOCOL_VERSION))) {
      throw new InvalidRequestException(
          "protocol version "
              + version
              + " is not spoken here, this sidecar speaks version "
              + Request.PROTOCOL_VERSION);
    }
    Form body = request.form("request body");
    request.end();
    Request parsed =
        switch (body.name) {
          case "hello" -> hello(body);
          case "query" -> query(body);
          case "explain" -> new Request.Explain(query(body));
          case "estimate" -> new Request.Estimate(selects.select(body.form("select")));
          case "part" -> part(body);
          case "sample" -> sample(body);
          case "wait" -> new Request.Wait(lsn(body), timeout(body));
          case "write" -> WriteParser.write(body, payload);
          case "declare" -> WriteParser.declare(body);
          case "status" -> new Request.Status();
          case "vacuum" -> new Request.Vacuum(body.number("table"));
          case "check" -> new Request.Check(body.number("table"));
          case "snapshots" -> new Request.Snapshots(body.number("table"));
          case "reindex" -> new Request.Reindex(body.number("table"));
          case "activity" -> new Request.Activity();
          case "cancel" -> new Request.Cancel(body.string("query"));
          default -> throw body.unknown("request");
        };
    body.end();
    return parsed;
  }

  private static Request hello(Form body) {
    Form shim = body.form("shim");
    shim.expectName("shim");
    Form server = body.form("server");
    server.expectName("server");
    Form database = body.form("database");
    database.expectName("database");
    Request hello =
        new Request.Hello(
            shim.string("version"), server.integer("server version"), database.string("database"));
    shim.end();
    server.end();
    database.end();
    return hello;
  }

  private Request.Query query(Form body) {
    Form wanted = body.form("freshness");
    Freshness freshness =
        switch (wanted.name) {
          case "latest" -> new Freshness.Latest(lsn(wanted), timeout(wanted));
          case "eventual" -> new Freshness.Eventual();
          case "asof" -> new Freshness.Past(asOf(wanted));
          default -> throw wanted.unknown("freshness");
        };
    wanted.end();
    SharedSnapshot shared = body.peekIs("snapshot") ? shared(body.form("snapshot")) : null;
    EngineChoice engine = body.peekIs("engine") ? engine(body.form("engine")) : null;
    Request.Own own = body.peekIs("own") ? WriteParser.own(body.form("own")) : null;
    Request.Divided divided = body.peekIs("divided") ? divided(body.form("divided")) : null;
    Form next = body.form("select");
    if (next.name.equals("params")) {
      expressions.parameters(next);
      next = body.form("select");
    }
    return new Request.Query(freshness, shared, engine, own, divided, selects.select(next));
  }

  private static Request.Divided divided(Form form) {
    Request.Divided divided =
        new Request.Divided(form.string("answer"), form.number("number of processes"));
    form.end();
    return divided;
  }

  private static Request part(Form body) {
    return new Request.Part(
        body.string("answer"), body.number("part"), body.number("number of processes"));
  }

  private static EngineChoice engine(Form form) {
    EngineChoice engine = new EngineChoice(form.string("engine"), form.number("rows"));
    form.end();
    return engine;
  }

  private static AsOf asOf(Form form) {
    String what = form.word("kind of state");
    long number = form.number("state");
    return switch (what) {
      case "snapshot" -> new AsOf.SnapshotId(number);
      case "time" -> new AsOf.Time(number);
      default -> throw new InvalidRequestException("a state is a snapshot or a time, not " + what);
    };
  }

  private Request sample(Form body) {
    long rows = body.number("number of rows");
    Select select = selects.select(body.form("select"));
    if (rows <= 0
        || select.output().isEmpty()
        || !select.isScan()
        || select.limit() != null
        || select.offset() != null) {
      throw new InvalidRequestException("a sample is a positive number of rows of one table");
    }
    return new Request.Sample(rows, select);
  }

  private static SharedSnapshot shared(Form form) {
    String session = form.string("session");
    long number = form.number("snapshot number");
    String use = form.word("use");
    if (!use.equals("first") && !use.equals("again")) {
      throw new InvalidRequestException("a snapshot is read \"first\" or \"again\", not " + use);
    }
    Form live = form.form("live");
    live.expectName("live");
    Set<Long> numbers = new HashSet<>();
    while (live.hasNext()) {
      numbers.add(live.number("snapshot number"));
    }
    form.end();
    return new SharedSnapshot(session, number, use.equals("again"), numbers);
  }

  private static Lsn lsn(Form form) {
    try {
      return Lsn.parse(form.string("WAL position"));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private static Duration timeout(Form form) {
    long millis = form.number("timeout");
    if (millis < 0) {
      throw new InvalidRequestException("timeout must not be negative: " + millis);
    }
    return Duration.ofMillis(Math.min(millis, Duration.ofDays(36500).toMillis()));
  }
}

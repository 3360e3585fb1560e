package io.datrang.server.health;

import java.util.List;

/**
 * Builds an HTML page of lines and tables; whatever goes in is text. No script, nothing from
 * elsewhere. For one thread.
 */
public final class StatusPage {
  private static final String STYLE =
      "body{font:14px/1.4 sans-serif;margin:2em;color:#222;background:#fff}"
          + "table{border-collapse:collapse;margin-bottom:1.5em}"
          + "th,td{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}"
          + "h2{font-size:1.1em;margin:.5em 0}.good{color:#060}.bad{color:#a00}";

  private final StringBuilder html = new StringBuilder(4096);

  /** An empty page that asks the browser to load it again every few seconds. */
  public StatusPage(String title) {
    html.append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta http-equiv=\"refresh\" content=\"5\"><title>")
        .append(escaped(title))
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(escaped(title))
        .append("</h1>");
  }

  public void line(String text, boolean good) {
    html.append("<p class=\"")
        .append(good ? "good" : "bad")
        .append("\">")
        .append(escaped(text))
        .append("</p>");
  }

  /** Adds a table with its heading; says "none" when there are no rows. */
  public void table(String heading, List<String> columns, List<? extends List<?>> rows) {
    html.append("<h2>").append(escaped(heading)).append("</h2>");
    if (rows.isEmpty()) {
      html.append("<p>none</p>");
      return;
    }
    html.append("<table><tr>");
    columns.forEach(c -> html.append("<th>").append(escaped(c)).append("</th>"));
    html.append("</tr>");
    for (List<?> row : rows) {
      html.append("<tr>");
      row.forEach(v -> html.append("<td>").append(escaped(String.valueOf(v))).append("</td>"));
      html.append("</tr>");
    }
    html.append("</table>");
  }

  public String html() {
    return html
        + "<p><a href=\"/metrics\">metrics</a> <a href=\"/health/ready\">health</a></p>"
        + "</body></html>\n";
  }

  private static String escaped(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(Character.isISOControl(c) ? ' ' : c);
      }
    }
    return safe.toString();
  }
}

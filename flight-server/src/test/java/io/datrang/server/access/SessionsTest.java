package io.datrang.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionsTest {
  private final MovableClock clock = new MovableClock();
  private final Sessions sessions = new Sessions(clock, Duration.ofHours(1));

  @Test
  void aTokenOpensItsSessionUntilItExpires() {
    Sessions.Opened opened = sessions.open(role(1), "secret", "here");
    assertThat(sessions.of(opened.token())).contains(opened.session());
    clock.pass(Duration.ofMinutes(59));
    assertThat(sessions.of(opened.token())).contains(opened.session());
    clock.pass(Duration.ofMinutes(1));
    assertThat(sessions.of(opened.token())).isEmpty();
    assertThat(sessions.byKey(opened.session().key())).isEmpty();
    assertThat(sessions.size()).isZero();
  }

  @Test
  void aClosedSessionsTokenOpensNothing() {
    Sessions.Opened opened = sessions.open(role(1), "secret", "here");
    sessions.close(opened.session());
    assertThat(sessions.of(opened.token())).isEmpty();
  }

  @Test
  void nothingButTheTokenOpensASession() {
    Sessions.Opened opened = sessions.open(role(1), "secret", "here");
    String token = opened.token();
    for (String wrong :
        List.of(
            "",
            " ",
            token + "x",
            token.substring(1),
            token.toLowerCase(java.util.Locale.ROOT),
            opened.session().key(),
            opened.session().id())) {
      assertThat(sessions.of(wrong)).as(wrong).isEmpty();
    }
    assertThat(token).hasSize(43).isNotEqualTo(sessions.open(role(1), "secret", "here").token());
  }

  @Test
  void aRoleThatLogsInTooOftenPushesOutItsOwnSessionsOnly() {
    Sessions.Opened other = sessions.open(role(2), "secret", "here");
    List<Sessions.Opened> many = new ArrayList<>();
    for (int i = 0; i < Sessions.SESSIONS_OF_ROLE_MAX; i++) {
      many.add(sessions.open(role(1), "secret", "here"));
    }
    assertThat(sessions.of(many.get(0).token())).isPresent();
    sessions.open(role(1), "secret", "here");
    assertThat(sessions.of(many.get(0).token())).isPresent();
    assertThat(sessions.of(many.get(1).token())).isEmpty();
    assertThat(sessions.of(other.token())).isPresent();
    assertThat(sessions.size()).isEqualTo(Sessions.SESSIONS_OF_ROLE_MAX + 1);
  }

  private static Role role(long oid) {
    return new Role("role" + oid, oid, oid, -1, Duration.ZERO);
  }
}

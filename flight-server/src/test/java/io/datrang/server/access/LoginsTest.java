package io.datrang.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoginsTest {
  private final MovableClock clock = new MovableClock();
  private int asked;
  private final Roles roles =
      new Roles() {
        @Override
        public Role logIn(String user, String password) {
          asked++;
          if (!password.equals("right")) {
            throw new LoginRefusedException("password authentication failed");
          }
          return new Role(user, 1, 1, -1, Duration.ZERO);
        }

        @Override
        public Role member(Role role, String of) {
          throw new LoginRefusedException("permission denied to set role");
        }

        @Override
        public Map<Long, TableAccess> access(Role role, Collection<Long> tableIds) {
          return Map.of();
        }
      };
  private final Logins logins =
      new Logins(roles, new Sessions(clock, Duration.ofHours(1)), clock, new Audit(true));

  @Test
  void guessingGetsSlowerAndSlower() {
    for (int i = 0; i < 5; i++) {
      refused("me", "here", "password authentication failed");
    }
    int before = asked;
    refused("me", "here", "too many failed logins");
    assertThatThrownBy(() -> logins.logIn("me", "right", "here"))
        .hasMessageContaining("try again in");
    assertThat(asked).isEqualTo(before);
    clock.pass(Duration.ofSeconds(2));
    refused("me", "here", "password authentication failed");
    clock.pass(Duration.ofSeconds(1));
    refused("me", "here", "too many failed logins");
    clock.pass(Duration.ofSeconds(2));
    assertThat(logins.logIn("me", "right", "here").session().role().user()).isEqualTo("me");
  }

  @Test
  void nobodyElseIsSlowedDown() {
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> logins.logIn("me", "wrong", "here"))
          .isInstanceOf(LoginRefusedException.class);
    }
    assertThat(logins.logIn("me", "right", "elsewhere")).isNotNull();
    assertThat(logins.logIn("you", "right", "here")).isNotNull();
  }

  @Test
  void tryingManyNamesFromOneAddressIsSlowedDownToo() {
    for (int i = 0; i < 50; i++) {
      refused("role" + i, "here", "password authentication failed");
    }
    refused("another", "here", "too many failed logins");
    assertThat(logins.logIn("another", "right", "elsewhere")).isNotNull();
    clock.pass(Duration.ofMinutes(20));
    refused("another", "here", "password authentication failed");
  }

  @Test
  void strangeNamesAndPasswordsDoNotReachPostgres() {
    for (String[] pair :
        new String[][] {
          {"", "right"},
          {"me", ""},
          {"x".repeat(64), "right"},
          {"me", "x".repeat(1025)},
          {"m\0e", "right"},
          {"me", "rig\0ht"}
        }) {
      refused(pair[0], pair[1], "elsewhere", "user and password of a PostgreSQL role");
    }
    assertThat(asked).isZero();
  }

  private void refused(String user, String peer, String message) {
    refused(user, "wrong", peer, message);
  }

  private void refused(String user, String password, String peer, String message) {
    assertThatThrownBy(() -> logins.logIn(user, password, peer))
        .isInstanceOf(LoginRefusedException.class)
        .hasMessageContaining(message);
  }
}

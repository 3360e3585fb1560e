package io.datrang.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SealedPasswordTest {
  private final Sessions sessions = new Sessions(new MovableClock(), Duration.ofHours(1));

  @Test
  void onlyTheTokenOfTheSessionOpensIt() {
    Role role = new Role("me", 1, 1, -1, Duration.ZERO);
    Sessions.Opened mine = sessions.open(role, "p\u00e4ss", "here");
    Sessions.Opened other = sessions.open(role, "p\u00e4ss", "here");
    SealedPassword sealed = mine.session().password();
    assertThat(sealed.open(mine.token())).isEqualTo("p\u00e4ss");
    for (String wrong : List.of("", other.token(), mine.session().key(), mine.token() + "x")) {
      assertThatThrownBy(() -> sealed.open(wrong)).isInstanceOf(LoginRefusedException.class);
    }
    assertThat(mine.session().toString()).doesNotContain("p\u00e4ss").doesNotContain(mine.token());
  }
}

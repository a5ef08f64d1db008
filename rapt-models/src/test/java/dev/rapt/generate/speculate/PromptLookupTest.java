package dev.rapt.generate.speculate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PromptLookupTest {
  private static final int EOS = 99;

  private static final TokenChoice CHOICE =
      new TokenChoice() {
        @Override
        public int choose(int[] ids, int length, float[] scores) {
          throw new AssertionError("prompt lookup has no scores");
        }

        @Override
        public boolean ends(int token) {
          return token == EOS;
        }
      };

  private static int[] draft(int most, int... ids) {
    return new PromptLookup().draft(ids, ids.length, most, CHOICE);
  }

  @Test
  void proposesWhatFollowedTheLastTokens() {
    assertThat(draft(3, 1, 2, 3, 4, 5, 6, 1, 2)).containsExactly(3, 4, 5);
    assertThat(draft(3, 1, 2, 3, 4)).isEmpty();
    assertThat(draft(3, 1, 2, 1)).isEmpty(); // one token alone says too little
  }

  @Test
  void aLongNgramGoesBeforeALaterShortOne() {
    assertThat(draft(1, 1, 2, 3, 7, 9, 2, 3, 8, 1, 2, 3)).containsExactly(7);
    assertThat(draft(1, 4, 2, 3, 7, 9, 2, 3, 8, 1, 2, 3)).containsExactly(8);
  }

  @Test
  void aRepetitionGoesOnWithItsPeriod() {
    assertThat(draft(7, 5, 1, 2, 3, 1, 2, 3)).containsExactly(1, 2, 3, 1, 2, 3, 1);
  }

  @Test
  void nothingFollowsAnEndToken() {
    assertThat(draft(4, 1, 2, 3, EOS, 5, 1, 2)).containsExactly(3, EOS);
  }

  @Test
  void theTableFindsWhatASearchOfTheWholeTextFinds() {
    SplittableRandom random = new SplittableRandom(4);
    PromptLookup lookup = new PromptLookup();
    int[] ids = new int[600];
    int length = 3;
    while (length < ids.length - 4) {
      int[] found = lookup.draft(ids, length, 3, CHOICE);
      assertThat(found).as("length %d", length).isEqualTo(search(ids, length, 3));
      int grown = random.nextInt(1, 4); // several tokens may have been accepted
      for (int i = 0; i < grown; i++) {
        ids[length++] = random.nextInt(4);
      }
    }
  }

  private static int[] search(int[] ids, int length, int most) {
    for (int n = Math.min(5, length - 1); n >= 2; n--) {
      for (int end = length - 1; end >= n; end--) {
        if (Arrays.equals(ids, end - n, end, ids, length - n, length)) {
          int[] text = Arrays.copyOf(ids, length + most);
          for (int i = 0; i < most; i++) {
            text[length + i] = text[end + i];
          }
          return Arrays.copyOfRange(text, length, length + most);
        }
      }
    }
    return new int[0];
  }
}

package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.verify.CheckSink;
import java.util.ArrayList;
import java.util.List;

/** Collects failed checks. */
final class RecordedChecks implements CheckSink {
  private final List<String> failures = new ArrayList<>();
  private int passed;

  @Override
  public void passed(String call, String detail) {
    passed++;
  }

  @Override
  public void failed(String call, String why) {
    failures.add(call + ": " + why);
  }

  void assertAllPassed(int atLeast) {
    assertThat(failures).as(failures.size() + " failures").isEmpty();
    assertThat(passed).isGreaterThanOrEqualTo(atLeast);
  }
}

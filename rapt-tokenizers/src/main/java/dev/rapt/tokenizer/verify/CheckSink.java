package dev.rapt.tokenizer.verify;

/** Takes the results of checks. */
public interface CheckSink {
  /** Calls that gave what is recorded. */
  void passed(String call, String detail);

  /** A call that did not give what is recorded. */
  void failed(String call, String why);
}

package dev.rapt.cli.output;

/** Exit statuses of {@code rapt}. */
public final class ExitStatus {
  /** The command worked. */
  public static final int OK = 0;

  /** The command failed. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** The reader of the output is gone: the status of programs that SIGPIPE ends. */
  public static final int READER_GONE = 141;

  private ExitStatus() {}
}

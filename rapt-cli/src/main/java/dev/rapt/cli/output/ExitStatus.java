package dev.rapt.cli.output;

/** Exit statuses of {@code rapt}. */
public final class ExitStatus {
  /** The command worked. */
  public static final int OK = 0;

  /**
   * The command failed: a file, a model, the standard input or the machine cannot be used as the
   * command line asks.
   */
  public static final int FAILED = 1;

  /**
   * The command line is wrong: an option or an argument, such as a text, is missing or cannot be
   * used, with this model or at all.
   */
  public static final int USAGE = 2;

  /** A signal stopped a training run, which has saved a checkpoint: the status of SIGINT. */
  public static final int STOPPED = 130;

  /** The reader of the output is gone: the status of programs that SIGPIPE ends. */
  public static final int READER_GONE = 141;

  private ExitStatus() {}
}

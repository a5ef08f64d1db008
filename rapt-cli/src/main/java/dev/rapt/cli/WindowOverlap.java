package dev.rapt.cli;

import picocli.CommandLine.Option;

/** How far the windows overlap in which long texts are read. */
final class WindowOverlap {
  /** Tokens that neighbouring windows share unless something else is asked for. */
  static final int USUAL = 128;

  @Option(
      names = "--overlap",
      paramLabel = "N",
      description =
          "Tokens that neighbouring windows of a long text share, at most half of one (default:"
              + " 128).")
  private int overlap = USUAL;

  /** In tokens. */
  int overlap() {
    return Numbers.atLeast(0, "--overlap", overlap);
  }
}

package dev.rapt.cli.text;

import dev.rapt.cli.options.Range;
import picocli.CommandLine.Option;

/** The overlap of the windows in which long texts are read. */
public final class WindowOverlap {
  /** Default overlap, in tokens. */
  public static final int DEFAULT = 128;

  @Option(
      names = "--overlap",
      paramLabel = "N",
      description =
          "Overlap of the windows of a long text, in tokens, at most half a window (default:"
              + " 128).")
  @Range(min = 0)
  private int overlap = DEFAULT;

  /** The overlap in tokens. */
  public int overlap() {
    return overlap;
  }
}

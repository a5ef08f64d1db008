package dev.rapt.cli.bench;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of benchmarks that are compared with Python libraries. */
public final class PythonPeer {
  @Option(
      names = "--peer",
      paramLabel = "PYTHON",
      description = "Python interpreter with PyTorch, to compare against (default: none).")
  private @Nullable String python;

  /** The Python interpreter that runs other libraries; null for none. */
  public @Nullable String python() {
    return python;
  }
}

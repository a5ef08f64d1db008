package dev.rapt.cli.text;

import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.Range;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.kernel.PageFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the KV cache that sequences share. */
@OptionGroup("KV cache")
public final class CacheArguments {
  private static final long MIB = 1 << 20;

  @Option(
      names = "--cache-type",
      paramLabel = "TYPE",
      description =
          "Type of the keys and values in the cache: f32, bf16 or int8 with a scale for each head"
              + " (default: bf16).")
  private @Nullable PageFormat type;

  @Option(
      names = "--cache-size",
      paramLabel = "MIB",
      description =
          "Most memory of the keys and values of all sequences, in MiB (default: an eighth of the"
              + " machine's memory).")
  @Range(min = 1, max = 1e9)
  private @Nullable Long size;

  /**
   * Checks that no option of the cache is given.
   *
   * @param needed option that they must come with
   */
  public void requireNone(String needed) {
    if (type != null || size != null) {
      throw new IllegalArgumentException(
          "%s: must come with %s, got it alone"
              .formatted(type == null ? "--cache-size" : "--cache-type", needed));
    }
  }

  /** Returns a copy of the options with this cache. */
  public BatchOptions with(BatchOptions options) {
    long bytes = size == null ? options.cacheBytes() : size * MIB;
    return options.withCache(
        bytes, type == null ? options.cacheFormat() : type, options.pageSize());
  }
}

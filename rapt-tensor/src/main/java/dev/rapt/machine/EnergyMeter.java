package dev.rapt.machine;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The energy that the processors of this machine consume, cores and caches with memory controllers,
 * of all programs together: RAPL, the counters that Intel and AMD processors have and Linux shows
 * in {@code /sys/class/powercap} (Documentation/power/powercap/powercap.rst of the kernel).
 * Thread-safe.
 *
 * @apiNote A counter wraps around, at a constant load of 100 W after about 45 minutes. Energy is
 *     measured correctly if the meter is read more often than that.
 */
public final class EnergyMeter {
  private static final Path POWERCAP = Path.of("/sys/class/powercap");

  /**
   * Whole processors. Their parts, {@code intel-rapl:0:0}, and psys, a counter of the whole board,
   * would count energy twice; so would intel-rapl-mmio, another way to the same counters.
   */
  private static final Pattern DOMAIN = Pattern.compile("intel-rapl:\\d+");

  /** Reads a file of the kernel. */
  @FunctionalInterface
  interface TextFile {
    String read(Path file) throws IOException;
  }

  /** The counter of one processor. */
  private static final class Counter {
    private final TextFile files;
    private final Path file;
    private final long range;
    private long last;

    Counter(TextFile files, Path domain) throws IOException {
      this.files = files;
      file = domain.resolve("energy_uj");
      range = number(domain.resolve("max_energy_range_uj"));
      last = number(file);
    }

    private long number(Path of) throws IOException {
      return Long.parseLong(files.read(of).strip());
    }

    /** Returns the microjoules since the last call. */
    long advance() throws IOException {
      long now = number(file);
      long used = now - last;
      last = now;
      return used < 0 ? used + range + 1 : used;
    }
  }

  /** The meter of this machine, made when it is first used. */
  private static final class Machine {
    static final EnergyMeter METER = of(POWERCAP, Files::readString);
  }

  private final List<Counter> counters;
  private @Nullable String reason;
  private @Nullable String remedy;
  private long microjoules;

  private EnergyMeter(List<Counter> counters, @Nullable String reason, @Nullable String remedy) {
    this.counters = counters;
    this.reason = reason;
    this.remedy = remedy;
  }

  /** Returns the meter of this machine. */
  public static EnergyMeter ofMachine() {
    return Machine.METER;
  }

  /** Returns the meter of the counters in this folder. */
  static EnergyMeter of(Path powercap, TextFile files) {
    List<Counter> counters = new ArrayList<>();
    try {
      for (Path domain : packages(powercap)) {
        counters.add(new Counter(files, domain));
      }
    } catch (AccessDeniedException e) {
      return new EnergyMeter(
          List.of(),
          "no permission to read " + e.getFile(),
          "sudo chmod a+r " + powercap.resolve("intel-rapl:*").resolve("energy_uj"));
    } catch (IOException | NumberFormatException e) {
      return new EnergyMeter(List.of(), "RAPL cannot be read: " + e.getMessage(), null);
    }
    return counters.isEmpty()
        ? new EnergyMeter(
            List.of(),
            "no RAPL in %s, as in most virtual machines and containers".formatted(powercap),
            null)
        : new EnergyMeter(List.copyOf(counters), null, null);
  }

  private static List<Path> packages(Path powercap) throws IOException {
    List<Path> packages = new ArrayList<>();
    if (!Files.isDirectory(powercap)) {
      return packages;
    }
    List<Path> domains;
    try (Stream<Path> all = Files.list(powercap)) {
      domains =
          all.filter(path -> DOMAIN.matcher(path.getFileName().toString()).matches())
              .sorted()
              .toList();
    }
    for (Path domain : domains) {
      if (Files.readString(domain.resolve("name")).startsWith("package")) {
        packages.add(domain);
      }
    }
    return packages;
  }

  /** Returns why energy is not measured; null if it is. */
  public synchronized @Nullable String reason() {
    return reason;
  }

  /** Returns the command that makes the counters readable; null if none would. */
  public synchronized @Nullable String remedy() {
    return remedy;
  }

  /** Returns what is measured or why nothing is, in a few words. */
  public synchronized String description() {
    if (reason != null) {
      return "not measured (" + reason + ")";
    }
    return counters.size() == 1
        ? "RAPL, 1 processor"
        : "RAPL, %d processors".formatted(counters.size());
  }

  /** Returns the joules since the meter was made; NaN if energy is not measured. */
  public synchronized double joules() {
    try {
      for (Counter counter : counters) {
        microjoules += counter.advance();
      }
    } catch (IOException | NumberFormatException e) {
      reason = "RAPL cannot be read any more: " + e.getMessage();
    }
    return reason == null ? microjoules * 1e-6 : Double.NaN;
  }
}

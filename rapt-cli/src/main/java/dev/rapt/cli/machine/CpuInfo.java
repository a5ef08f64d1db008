package dev.rapt.cli.machine;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The processor, as the operating system describes it.
 *
 * @param name as sold: {@code AMD EPYC 7763 64-Core Processor}
 * @param features instruction sets that matter for matrix products, as Linux names them
 */
public record CpuInfo(String name, List<String> features) {
  private static final Path LINUX = Path.of("/proc/cpuinfo");

  /** Features by which oneDNN and the Vector API choose instructions. */
  private static final List<String> RELEVANT =
      List.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512bw",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_tile",
          "amx_bf16",
          "amx_int8",
          "amx_fp16",
          "avx10_1",
          "avx10_2",
          "asimd",
          "asimdhp",
          "asimddp",
          "bf16",
          "i8mm",
          "sve",
          "sve2",
          "svebf16",
          "sme");

  /** Reads the description from the operating system. */
  static CpuInfo read() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (Files.isReadable(LINUX)) {
      return linux();
    }
    if (os.startsWith("mac")) {
      return mac();
    }
    String windows = System.getenv("PROCESSOR_IDENTIFIER");
    return new CpuInfo(windows == null ? System.getProperty("os.arch") : windows, List.of());
  }

  private static CpuInfo linux() {
    String name = System.getProperty("os.arch");
    Set<String> flags = Set.of();
    try (BufferedReader lines = Files.newBufferedReader(LINUX)) {
      String line;
      while ((line = lines.readLine()) != null && !line.isBlank()) {
        int colon = line.indexOf(':');
        String value = colon < 0 ? "" : line.substring(colon + 1).strip();
        if (line.startsWith("model name")) {
          name = value;
        } else if (line.startsWith("flags") || line.startsWith("Features")) {
          flags = new LinkedHashSet<>(Arrays.asList(value.split(" ")));
        }
      }
    } catch (IOException e) {
      return new CpuInfo(name, List.of()); // the facts are informative only
    }
    return new CpuInfo(name, RELEVANT.stream().filter(flags::contains).toList());
  }

  private static CpuInfo mac() {
    String features = sysctl("machdep.cpu.features") + " " + sysctl("machdep.cpu.leaf7_features");
    Set<String> flags =
        new LinkedHashSet<>(
            Arrays.asList(features.toLowerCase(Locale.ROOT).replace('.', '_').split(" ")));
    if (sysctl("hw.optional.arm.FEAT_BF16").equals("1")) {
      flags.add("bf16");
    }
    if (sysctl("hw.optional.arm.FEAT_I8MM").equals("1")) {
      flags.add("i8mm");
    }
    if (sysctl("hw.optional.arm.FEAT_SME").equals("1")) {
      flags.add("sme");
    }
    String name = sysctl("machdep.cpu.brand_string");
    return new CpuInfo(
        name.isEmpty() ? System.getProperty("os.arch") : name,
        RELEVANT.stream().filter(flags::contains).toList());
  }

  /** The value of a macOS system setting; empty if there is none. */
  private static String sysctl(String key) {
    try {
      Process process = new ProcessBuilder("/usr/sbin/sysctl", "-n", key).start();
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String line = reader.readLine();
        process.waitFor(1, TimeUnit.SECONDS);
        return line == null ? "" : line.strip();
      }
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}

package dev.rapt.cli.machine;

import dev.rapt.compute.KernelChoice;
import dev.rapt.compute.Matmul;
import dev.rapt.compute.VectorModule;
import dev.rapt.kernel.Workers;
import dev.rapt.machine.MachineMemory;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a run: the first line of every training log and the first half of {@code rapt
 * doctor}. Nothing is measured.
 *
 * @param rapt version of Rapt
 * @param jdk version and vendor
 * @param flags options of this JVM
 * @param os name and release
 * @param arch as Java names it
 * @param cpu the processor
 * @param cores processors that Java sees
 * @param threads threads that kernels run on
 * @param memoryBytes memory of the machine or container
 * @param hugePages setting of transparent huge pages: {@code always}, {@code madvise}, {@code
 *     never}
 * @param hasVectorModule whether the Vector API is available
 * @param kernels which kernels are active and why
 * @param matmul which matrix library is active
 * @param matmulReason why no faster one is active; null if the fastest is
 * @param multipliesBf16 whether bf16 matrix products run natively
 */
public record EnvironmentFacts(
    String rapt,
    String jdk,
    List<String> flags,
    String os,
    String arch,
    CpuInfo cpu,
    int cores,
    int threads,
    long memoryBytes,
    String hugePages,
    boolean hasVectorModule,
    String kernels,
    String matmul,
    @Nullable String matmulReason,
    boolean multipliesBf16) {
  private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

  /** The facts of this process. */
  public static EnvironmentFacts gather() {
    return new EnvironmentFacts(
        Version.number(),
        Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> !flag.startsWith("-Drapt.") || flag.startsWith("-Drapt.threads"))
            .toList(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("os.arch"),
        CpuInfo.read(),
        Runtime.getRuntime().availableProcessors(),
        Workers.shared().numThreads(),
        MachineMemory.bytes(),
        hugePagesSetting(),
        VectorModule.isPresent(),
        KernelChoice.explanation(),
        Matmul.name(),
        Matmul.reason(),
        Matmul.isNative(DType.BF16, DType.BF16, DType.F32));
  }

  /** The word in brackets of {@code always [madvise] never}. */
  private static String hugePagesSetting() {
    try {
      Matcher chosen = Pattern.compile("\\[(\\w+)]").matcher(Files.readString(HUGE_PAGES));
      return chosen.find() ? chosen.group(1) : "unknown";
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The facts for JSON, in the order of the record. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("rapt", rapt);
    map.put("jdk", jdk);
    map.put("flags", flags);
    map.put("os", os);
    map.put("arch", arch);
    map.put("cpu", cpu.name());
    map.put("cpu_features", cpu.features());
    map.put("cores", cores);
    map.put("threads", threads);
    map.put("memory_bytes", memoryBytes);
    map.put("huge_pages", hugePages);
    map.put("vector_module", hasVectorModule);
    map.put("kernels", kernels);
    map.put("matmul", matmul);
    if (matmulReason != null) {
      map.put("matmul_reason", matmulReason);
    }
    map.put("bf16_products", multipliesBf16);
    return map;
  }
}

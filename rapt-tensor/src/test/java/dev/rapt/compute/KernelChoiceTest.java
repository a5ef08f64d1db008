package dev.rapt.compute;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.kernel.Activation;
import dev.rapt.kernel.Floats;
import dev.rapt.kernel.Kernels;
import dev.rapt.kernel.NormKernel;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** Choices that depend on how the JVM was started are made in JVMs of their own. */
class KernelChoiceTest {
  /** What the forked JVM runs: an update by every kind of kernel that has vector code. */
  public static final class Probe {
    public static void main(String[] args) {
      Kernels kernels = KernelChoice.kernels();
      var x = Floats.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
      kernels.elementwise().activate(x, x, Activation.SILU, 9);
      kernels.softmax().softmax(x, x, 1, 9);
      kernels.norm().rmsNorm(x, x, new NormKernel.RmsNorm(null, 0, 9, 1e-6f), Floats.zeros(1), 1);
      System.out.println(kernels.name() + "|" + KernelChoice.explanation());
    }
  }

  @Test
  void vectorsAreChosenWhereTheirModuleIsThere() {
    assertThat(KernelChoice.kernels().name()).startsWith("vector (");
    assertThat(KernelChoice.kernels()).isSameAs(KernelChoice.kernels());
    assertThat(KernelChoice.explanation()).startsWith("Vector API kernels of ");
    assertThat(KernelChoice.scalar().name()).isEqualTo("scalar");
  }

  @Test
  void withoutTheModuleScalarKernelsRunAndTheFlagIsNamed() throws Exception {
    assertThat(probe())
        .contains("scalar|Scalar kernels, many times slower, because the module")
        .contains("pass --add-modules jdk.incubator.vector to java.");
  }

  @Test
  void theModuleIsLoadedQuietlyWhereItsLoaderIsExported() throws Exception {
    assertThat(probe("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED"))
        .contains("bits)|Vector API kernels of ")
        .doesNotContain("WARNING");
  }

  @Test
  void propertyForcesScalar() throws Exception {
    assertThat(probe("--add-modules", "jdk.incubator.vector", "-Drapt.kernels=scalar"))
        .contains("scalar|Scalar kernels, because -Drapt.kernels=scalar was given.");
  }

  @Test
  void wrongOrImpossibleWishesAreRefused() throws Exception {
    assertThat(probe("-Drapt.kernels=vector"))
        .contains(
            "IllegalArgumentException: rapt.kernels: vector needs the module jdk.incubator.vector,"
                + " which is missing; pass --add-modules jdk.incubator.vector");
    assertThat(probe("-Drapt.kernels=fast"))
        .contains("IllegalArgumentException: rapt.kernels: must be scalar or vector, got fast");
  }

  private static String probe(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classpath(), Probe.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }

  private static String classpath() {
    return String.join(
        File.pathSeparator,
        location(KernelChoice.class),
        location(KernelChoiceTest.class),
        location(Logger.class));
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}

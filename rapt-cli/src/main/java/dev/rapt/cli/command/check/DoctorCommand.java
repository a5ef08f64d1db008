package dev.rapt.cli.command.check;

import dev.rapt.cli.machine.EnvironmentFacts;
import dev.rapt.cli.machine.MachineSpeed;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.compute.VectorModule;
import dev.rapt.machine.EnergyMeter;
import dev.rapt.tensor.DType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the environment of Rapt, measures its speed, and advises on what is missing. */
@Command(
    name = "doctor",
    description =
        "Shows JDK, processor, kernels and matrix library, measures memory bandwidth and matrix"
            + " peak, and advises on what is missing.")
public final class DoctorCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Option(
      names = "--no-measure",
      description = "Skips the measurements, which take about two seconds.")
  private boolean skipMeasurements;

  @Spec private @Nullable CommandSpec spec;

  /**
   * The measured speeds.
   *
   * @param readOneThread memory reads on one thread, in bytes/s
   * @param readAllThreads memory reads on all threads, in bytes/s
   * @param f32 matrix products in f32, in FLOP/s
   * @param bf16 matrix products in bf16, in FLOP/s; 0 if they are not native
   */
  private record Measured(double readOneThread, double readAllThreads, double f32, double bf16) {}

  @Override
  public Integer call() {
    PrintWriter out = Output.of(spec);
    EnvironmentFacts facts = EnvironmentFacts.gather();
    Measured measured = skipMeasurements ? null : measure(facts);
    EnergyMeter energy = EnergyMeter.ofMachine();
    List<String> advice = advice(facts, energy.remedy());
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>(facts.toMap());
      if (measured != null) {
        map.put("read_bytes_per_second_1_thread", Math.round(measured.readOneThread));
        map.put("read_bytes_per_second_all_threads", Math.round(measured.readAllThreads));
        map.put("matmul_f32_flops", Math.round(measured.f32));
        if (measured.bf16 > 0) {
          map.put("matmul_bf16_flops", Math.round(measured.bf16));
        }
      }
      map.put("energy", energy.description());
      map.put("advice", advice);
      Json.print(out, map);
    } else {
      print(out, facts, measured, advice);
    }
    return 0;
  }

  private static Measured measure(EnvironmentFacts facts) {
    return new Measured(
        MachineSpeed.readBytesPerSecond(1),
        MachineSpeed.readBytesPerSecond(facts.threads()),
        MachineSpeed.matmulFlops(DType.F32),
        facts.multipliesBf16() ? MachineSpeed.matmulFlops(DType.BF16) : 0);
  }

  private static void print(
      PrintWriter out, EnvironmentFacts facts, @Nullable Measured measured, List<String> advice) {
    row(out, "Rapt", facts.rapt());
    row(out, "JDK", facts.jdk());
    row(out, "JVM options", String.join(" ", facts.flags()));
    row(out, "system", facts.os() + ", " + facts.arch());
    row(out, "processor", facts.cpu().name());
    row(out, "features", String.join(" ", facts.cpu().features()));
    row(out, "cores", facts.cores() + ", kernels run on " + facts.threads() + " threads");
    row(out, "memory", Format.bytes(facts.memoryBytes()));
    row(out, "huge pages", facts.hugePages());
    row(out, "Vector API", facts.hasVectorModule() ? "present" : "absent");
    row(out, "kernels", facts.kernels().replaceFirst("^kernels: ", ""));
    row(out, "matrix library", facts.matmul());
    if (measured != null) {
      row(
          out,
          "memory reads",
          Format.bandwidth(measured.readOneThread)
              + " on 1 thread, "
              + Format.bandwidth(measured.readAllThreads)
              + " on "
              + facts.threads());
      row(out, "matrix peak", Format.flops(measured.f32) + " f32" + bf16(measured));
    }
    row(out, "energy", EnergyMeter.ofMachine().description());
    out.println();
    if (advice.isEmpty()) {
      out.println("Nothing is missing.");
    } else {
      out.println("Advice:");
      advice.forEach(line -> out.println("  - " + line));
    }
    out.flush();
  }

  private static String bf16(Measured measured) {
    return measured.bf16 > 0
        ? ", " + Format.flops(measured.bf16) + " bf16"
        : "; no native bf16, so f32 is faster here";
  }

  private static void row(PrintWriter out, String name, String value) {
    out.println(Format.format("%-15s %s", name, value.isEmpty() ? "-" : value));
  }

  /**
   * One sentence for each thing that is missing, with the next step.
   *
   * @param energyRemedy what makes the counters of energy readable; null if they are, or if there
   *     are none
   */
  static List<String> advice(EnvironmentFacts facts, @Nullable String energyRemedy) {
    List<String> advice = new ArrayList<>();
    if (!facts.hasVectorModule()) {
      advice.add(
          "The Vector API is off, so kernels run as plain loops: start Rapt by its launcher, or pass "
              + VectorModule.FLAG
              + " to java.");
    }
    if (facts.matmulReason() != null) {
      advice.add("A slower matrix library is in use: " + facts.matmulReason() + ".");
    }
    if (facts.hugePages().equals("never")) {
      advice.add(
          "Huge pages are off: as root, echo madvise >"
              + " /sys/kernel/mm/transparent_hugepage/enabled speeds up reads of large weights.");
    }
    if (energyRemedy != null) {
      advice.add(
          "Energy is measured by root only: until the next start of the system, "
              + energyRemedy
              + " lets all users.");
    }
    if (facts.threads() != facts.cores()) {
      advice.add(
          "Kernels run on "
              + facts.threads()
              + " threads of "
              + facts.cores()
              + ": remove -Drapt.threads to use all.");
    }
    return advice;
  }
}

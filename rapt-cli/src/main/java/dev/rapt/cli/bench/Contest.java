package dev.rapt.cli.bench;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.machine.EnergyMeter;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Measures several programs at the same work. They take turns in each round, so that changes in the
 * machine's speed affect all of them. The first is compared with each of the others.
 *
 * @param work the work that is measured
 * @param peak what the machine can do at most, in FLOP/s or bytes/s
 * @param contenders Rapt first, then the programs it is compared with
 */
public record Contest(Work work, double peak, List<Contender> contenders) {
  /**
   * The work that is measured.
   *
   * @param name short name, for programs
   * @param description name with sizes, for people
   * @param precision of matrix products, or type of the weights: f32, bf16, q4_0
   * @param unit in which work is counted
   * @param limit what the machine's speed is compared with
   * @param costPerUnit operations or bytes of one unit, by definition of the model
   */
  public record Work(
      String name,
      String description,
      String precision,
      Unit unit,
      Limit limit,
      double costPerUnit) {}

  /** What limits the speed of the work. */
  public enum Limit {
    /** Matrix products, in FLOP/s. */
    MATRIX("of peak", "share_of_peak"),
    /** Reading weights from memory, in bytes/s. */
    BANDWIDTH("of read bandwidth", "share_of_read_bandwidth");

    private final String label;
    private final String key;

    Limit(String label, String key) {
      this.label = label;
      this.key = key;
    }
  }

  /** Units of work. */
  public enum Unit {
    TOKENS("tok", "token"),
    SEQUENCES("seq", "sequence");

    private final String label;
    private final String word;

    Unit(String label, String word) {
      this.label = label;
      this.word = word;
    }

    private String perSecond() {
      return word + "s_per_second";
    }
  }

  /** The measurements of one program. */
  private static final class Score {
    private final List<Double> steps = new ArrayList<>();
    private final List<Double> rounds = new ArrayList<>();
    private final List<Double> watts = new ArrayList<>();
    private long peakBytes;
    private @Nullable String missing;

    void add(Contender.Outcome outcome) {
      switch (outcome) {
        case Contender.Measured(List<Double> perSecond, long bytes, double power) -> {
          steps.addAll(perSecond);
          rounds.add(median(perSecond));
          peakBytes = Math.max(peakBytes, bytes);
          watts.add(power);
        }
        case Contender.Missing(String reason) -> missing = reason;
      }
    }

    double median() {
      return median(steps);
    }

    /** Energy of a unit of work: the mean power at the median speed; NaN if it is not measured. */
    double joulesPerUnit() {
      double power = watts.stream().mapToDouble(each -> each).average().orElse(Double.NaN);
      return power / median();
    }

    private static double median(List<Double> values) {
      List<Double> sorted = values.stream().sorted().toList();
      int middle = sorted.size() / 2;
      return sorted.size() % 2 == 1
          ? sorted.get(middle)
          : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
  }

  /**
   * Runs all rounds and prints the results: a line for each program, or one JSON object.
   *
   * @return the median speed of the first program
   */
  public double run(BenchOptions options, PrintWriter out) throws IOException {
    Map<Contender, Score> scores = new LinkedHashMap<>();
    contenders.forEach(contender -> scores.put(contender, new Score()));
    for (int round = 0; round < options.rounds(); round++) {
      for (Map.Entry<Contender, Score> entry : scores.entrySet()) {
        if (entry.getValue().missing == null) {
          entry.getValue().add(entry.getKey().measure(options.seconds()));
        }
      }
    }
    if (options.json()) {
      Json.print(out, toMap(scores));
    } else {
      print(out, scores);
    }
    out.flush();
    return scores.values().iterator().next().median();
  }

  private Map<String, Object> toMap(Map<Contender, Score> scores) {
    Score first = scores.values().iterator().next();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shape", work.name);
    map.put("precision", work.precision);
    map.putAll(toMap(first));
    if (Double.isNaN(first.joulesPerUnit())) {
      map.put("energy", EnergyMeter.ofMachine().description());
    }
    List<Map<String, Object>> peers = new ArrayList<>();
    scores.forEach((contender, score) -> {
      if (score != first) {
        Map<String, Object> peer = new LinkedHashMap<>();
        peer.put("name", contender.name());
        if (score.missing == null) {
          peer.putAll(toMap(score));
          peer.put("ratio", first.median() / score.median());
        } else {
          peer.put("missing", score.missing);
        }
        peers.add(peer);
      }
    });
    if (!peers.isEmpty()) {
      map.put("peers", peers);
    }
    return map;
  }

  private Map<String, Object> toMap(Score score) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("steps", score.steps.size());
    map.put(work.unit.perSecond(), score.median());
    map.put(work.unit.perSecond() + "_of_rounds", score.rounds);
    map.put(work.limit.key, score.median() * work.costPerUnit / peak);
    map.put("peak_bytes", score.peakBytes);
    if (!Double.isNaN(score.joulesPerUnit())) {
      map.put("joules_per_" + work.unit.word, score.joulesPerUnit());
    }
    return map;
  }

  private void print(PrintWriter out, Map<Contender, Score> scores) {
    Score first = scores.values().iterator().next();
    scores.forEach((contender, score) -> {
      if (score.missing != null) {
        out.println("  " + contender.name() + ": not measured, " + score.missing);
        return;
      }
      boolean own = score == first;
      String what = own ? work.description + ", " + work.precision : "  " + contender.name();
      String ratio = own ? "" : Format.format("  ratio %.2f", first.median() / score.median());
      out.println(line(what, score) + ratio);
    });
    out.println(
        Double.isNaN(first.joulesPerUnit())
            ? "  energy: " + EnergyMeter.ofMachine().description()
            : Format.format("  energy: %.3g J/%s", first.joulesPerUnit(), work.unit.label));
  }

  private String line(String what, Score score) {
    return Format.format(
        "%-30s %8s %s/s (%s)  %3.0f%% %s  %9s  %d steps",
        what,
        Format.rate(score.median()),
        work.unit.label,
        score.rounds.stream().map(Format::rate).collect(Collectors.joining(", ")),
        100 * score.median() * work.costPerUnit / peak,
        work.limit.label,
        Format.bytes(score.peakBytes),
        score.steps.size());
  }
}

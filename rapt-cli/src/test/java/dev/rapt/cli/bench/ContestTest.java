package dev.rapt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ContestTest {
  private final List<String> turns = new ArrayList<>();

  @Command
  private static final class Options {
    @Mixin private final BenchOptions bench = new BenchOptions();
  }

  /** Returns given results, one for each round. */
  private final class Scripted implements Contender {
    private final String name;
    private final List<Outcome> rounds;
    private int round;

    Scripted(String name, Outcome... rounds) {
      this.name = name;
      this.rounds = List.of(rounds);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Outcome measure(double seconds) {
      turns.add(name);
      return rounds.get(round++);
    }
  }

  private static Contender.Measured speeds(long bytes, Double... perSecond) {
    return new Contender.Measured(List.of(perSecond), bytes, Double.NaN);
  }

  private String run(List<Contender> contenders, String... arguments) throws IOException {
    Options options = new Options();
    new CommandLine(options).parseArgs(arguments);
    StringWriter text = new StringWriter();
    Contest.Work work =
        new Contest.Work("s", "shape", "f32", Contest.Unit.SEQUENCES, Contest.Limit.MATRIX, 5);
    new Contest(work, 100, contenders).run(options.bench, new PrintWriter(text));
    return text.toString();
  }

  @Test
  void programsTakeTurnsAndMediansAreOfAllSteps() throws IOException {
    String line =
        run(
            List.of(
                new Scripted("Rapt", speeds(7, 8.0, 10.0, 12.0), speeds(9, 14.0, 16.0)),
                new Scripted("Other", speeds(5, 4.0), speeds(3, 8.0))),
            "--rounds=2",
            "--json");
    assertThat(turns).containsExactly("Rapt", "Other", "Rapt", "Other");
    JsonNode json = JsonMapper.shared().readTree(line);
    assertThat(json.get("sequences_per_second").doubleValue()).isEqualTo(12);
    assertThat(json.get("sequences_per_second_of_rounds").toString()).isEqualTo("[10.0,15.0]");
    assertThat(json.get("share_of_peak").doubleValue()).isEqualTo(0.6);
    assertThat(json.get("peak_bytes").longValue()).isEqualTo(9);
    JsonNode peer = json.get("peers").get(0);
    assertThat(peer.get("name").stringValue()).isEqualTo("Other");
    assertThat(peer.get("sequences_per_second").doubleValue()).isEqualTo(6);
    assertThat(peer.get("ratio").doubleValue()).isEqualTo(2);
  }

  @Test
  void energyOfAUnitIsTheMeanPowerAtTheMedianSpeed() throws IOException {
    Contender.Measured first = new Contender.Measured(List.of(8.0, 10.0), 7, 30);
    Contender.Measured second = new Contender.Measured(List.of(10.0, 12.0), 7, 50);
    String line = run(List.of(new Scripted("Rapt", first, second)), "--rounds=2", "--json");
    JsonNode json = JsonMapper.shared().readTree(line);
    assertThat(json.get("joules_per_sequence").doubleValue()).isEqualTo(4);
    assertThat(json.has("energy")).isFalse();
    assertThat(run(List.of(new Scripted("Rapt", first, second)), "--rounds=2"))
        .contains("energy: 4.00 J/seq");
  }

  @Test
  void energyThatIsNotMeasuredIsReportedAsSuch() throws IOException {
    String line = run(List.of(new Scripted("Rapt", speeds(7, 8.0))), "--rounds=1", "--json");
    JsonNode json = JsonMapper.shared().readTree(line);
    assertThat(json.has("joules_per_sequence")).isFalse();
    assertThat(json.get("energy").stringValue()).isNotEmpty();
  }

  @Test
  void aMissingProgramIsTriedOnceAndReportedWithTheReason() throws IOException {
    String text =
        run(
            List.of(
                new Scripted("Rapt", speeds(7, 8.0), speeds(9, 14.0)),
                new Scripted("Other", new Contender.Missing("not installed"))),
            "--rounds=2");
    assertThat(turns).containsExactly("Rapt", "Other", "Rapt");
    assertThat(text).contains("11.0 seq/s (8.00, 14.0)", "Other: not measured, not installed");
  }
}

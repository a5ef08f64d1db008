package dev.rapt.cli.command.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.cli.output.ExitStatus;
import dev.rapt.model.Labels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class FinetuneCommandTest {
  @TempDir private Path folder;
  private Path base;
  private Path examples;

  @BeforeEach
  void write() throws IOException {
    base = TinyModels.classifier(folder.resolve("base"), Labels.of("no", "yes"));
    examples =
        Files.writeString(
            folder.resolve("examples.tsv"),
            "text\tlabel\n" + "the cat sat\tyes\na dog saw the cat\tno\n".repeat(8));
  }

  private CommandLineRun finetune(Object... more) {
    List<Object> args = new ArrayList<>(List.of("finetune", "--task", "classify", "--epochs", 1));
    args.addAll(List.of("--model", base, "--train", examples, "--out", folder.resolve("run")));
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray());
  }

  @Test
  void jsonOfAnAdapterHasAllFiguresAndBothFolders() {
    CommandLineRun run = finetune("--lora", 2, "--max-length", 5, "--json");
    assertThat(run.status()).isZero();
    JsonNode json = JsonMapper.shared().readTree(run.out());
    Path out = folder.resolve("run");
    assertThat(json.get("adapter").asString()).isEqualTo(out.toString());
    assertThat(json.get("merged").asString()).isEqualTo(out.resolve("merged").toString());
    assertThat(json.at("/classes/1/label").asString()).isEqualTo("yes");
    assertThat(json.get("confusion_matrix")).hasSize(2);
    assertThat(json.at("/cut_texts/train").asInt()).isPositive();
    assertThat(json.propertyNames()).allMatch(name -> name.matches("[a-z0-9_]+"));
  }

  @Test
  void theReportSaysHowManyTextsWereCut() {
    CommandLineRun run = finetune("--max-length", 5);
    assertThat(run.out())
        .containsPattern("cut: \\d+ of 14 training and \\d of 2 held-out examples");
    assertThat(run.out()).contains("(--max-length 5)");
  }

  @Test
  void aLimitOfEvaluationsIsRefused() {
    CommandLineRun run = finetune("--eval-batches", 3);
    assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(run.err()).contains("--eval-batches: must not be given for fine-tuning");
  }

  @Test
  void helpStatesTheDefaultsOfItsOwnCommand() {
    assertThat(help("finetune"))
        .contains("examples of a batch (default: 16).")
        .doesNotContain("(default: 32)");
    assertThat(help("pretrain"))
        .contains("examples of a batch (default: 32).")
        .doesNotContain("finetune", "in classify and pair");
    assertThat(help("train")).contains("examples of a batch (default: of the preset).");
  }

  @Test
  void helpOfATaskShowsItsOptionsAlone() {
    assertThat(help("finetune", "--task", "prefer"))
        .contains("--beta", "--loss", "--chat-template", "--label-smoothing", "--epochs")
        .doesNotContain("--matryoshka", "--doc-stride", "--num-generations", "Rewards:");
    assertThat(help("finetune", "--task", "embed"))
        .contains("--matryoshka", "--loss")
        .doesNotContain("--beta=", "--class-weights");
  }

  private static String help(String... command) {
    Object[] words = Stream.concat(Stream.of(command), Stream.of("--help")).toArray();
    return CommandLineRun.of(words).out().replaceAll("\\s+", " ");
  }
}

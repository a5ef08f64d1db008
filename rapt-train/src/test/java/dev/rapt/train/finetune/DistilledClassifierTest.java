package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.train.TrainOptions.PrecisionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The class of a text is whether its first word has an even number. A teacher knows all words; the
 * labels of the student's examples are wrong for a third of them.
 */
class DistilledClassifierTest {
  @TempDir private static Path shared;
  @TempDir private Path temp;

  private static Path base;
  private static Path teacher;
  private static Path noisy;
  private static Path heldOut;

  @BeforeAll
  static void teach() throws IOException {
    base = TinyEmbedder.plain(shared.resolve("base"), 1, 3);
    Path clean = examples("clean.tsv", 0, 1);
    noisy = examples("noisy.tsv", 1, 3);
    heldOut = examples("held-out.tsv", 2, 1);
    teacher = shared.resolve("teacher");
    FineTuning.Result result = tuning(clean).epochs(12).run(teacher);
    assertThat(result.metrics().get("accuracy")).isGreaterThan(0.95);
  }

  /** Writes examples, every so manieth of which has the other label; 1 for none. */
  private static Path examples(String name, int shift, int wrongEvery) throws IOException {
    StringBuilder lines = new StringBuilder("text\tlabel\n");
    int n = 0;
    for (int i = 0; i < TinyEmbedder.TOPICS; i++) {
      for (int k = 0; k < 4; k++) {
        boolean isWrong = wrongEvery > 1 && n++ % wrongEvery == 0;
        boolean isEven = (i % 2 == 0) != isWrong;
        int other = (i * 5 + k + 11 * shift) % TinyEmbedder.TOPICS;
        lines.append("a%d b%d\t%s\n".formatted(i, other, isEven ? "even" : "odd"));
      }
    }
    Path file = shared.resolve(name);
    Files.writeString(file, lines);
    return file;
  }

  private static FineTuning tuning(Path examples) {
    return FineTuning.of("classify", base)
        .train(examples)
        .heldOut(heldOut)
        .epochs(8)
        .options(usual -> usual.lr(3e-3).precision(PrecisionMode.F32).keepBest(false));
  }

  private FineTuning distilled() {
    return tuning(noisy).set("teacher", teacher.toString()).set("alpha", "0.1");
  }

  @Test
  void aStudentLearnsMoreFromItsTeacherThanFromWrongLabels() throws IOException {
    double alone = tuning(noisy).run(temp.resolve("alone")).training().heldOutLoss();
    double taught = distilled().run(temp.resolve("taught")).training().heldOutLoss();
    assertThat(taught).isLessThan(alone / 2);
  }

  @Test
  void distillationIsDeterministic() throws IOException {
    distilled().epochs(1).run(temp.resolve("first"));
    distilled().epochs(1).run(temp.resolve("second"));
    assertThat(temp.resolve("first/model.safetensors"))
        .hasSameBinaryContentAs(temp.resolve("second/model.safetensors"));
  }

  @Test
  void aTeacherThatDoesNotFitIsRefused() throws IOException {
    Path other = temp.resolve("other");
    FineTuning.of("classify", base).train(relabelled()).epochs(1).run(other);
    assertThatThrownBy(() -> tuning(noisy).set("teacher", other.toString()).run(temp.resolve("a")))
        .hasMessageContaining("the teacher must have the classes [even, odd], got [even, uneven]");
    Path tokenizer = other.resolve("tokenizer.json");
    Files.writeString(tokenizer, Files.readString(tokenizer).replace("\"a7\"", "\"x7\""));
    assertThatThrownBy(() -> tuning(noisy).set("teacher", other.toString()).run(temp.resolve("b")))
        .hasMessageContaining("is \"x7\" where the model has \"a7\"");
    assertThatThrownBy(() -> tuning(noisy).set("temperature", "3").run(temp.resolve("c")))
        .hasMessageContaining("temperature: must come with a teacher, got none");
  }

  private Path relabelled() throws IOException {
    Path file = temp.resolve("relabelled.tsv");
    Files.writeString(file, Files.readString(noisy).replace("\todd", "\tuneven"));
    return file;
  }
}

package dev.rapt.cli.command;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextEmbedder.Embedded;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Embeds texts as vectors. */
@Command(
    name = "embed",
    description = {
      "Embeds each text as a vector of length 1.",
      "Prints the cosine similarity of each text to the texts before it and to itself; with --json,"
          + " prints the vectors."
    })
final class EmbedCommand implements Callable<Integer>, TextInputs.Task<TextEmbedder, Embedded> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Spec private @Nullable CommandSpec spec;

  /** Vectors of the texts so far. */
  private final List<float[]> before = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    return inputs.run(spec, TextEmbedder::load, this);
  }

  @Override
  public List<Embedded> run(TextEmbedder model, List<String> texts) {
    return model.embed(texts);
  }

  @Override
  public String note(TextEmbedder model, Embedded result) {
    return TextInputs.noteOfCut(result.isCut(), model.maxTokens());
  }

  @Override
  public void put(Embedded result, Map<String, Object> object) {
    object.put("embedding", result.vector());
  }

  /** Prints the cosine similarities to the texts so far. */
  @Override
  public void print(PrintWriter out, String text, Embedded result) {
    before.add(result.vector());
    StringBuilder line = new StringBuilder();
    for (float[] other : before) {
      double product = 0;
      for (int k = 0; k < other.length; k++) {
        product += (double) result.vector()[k] * other[k];
      }
      line.append(Format.format("%7.3f", product));
    }
    out.println(line + "  " + text);
  }
}

package dev.rapt.cli.command.text;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.text.PromptArguments;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextEmbedder.Embedded;
import dev.rapt.text.embed.PoolingMode;
import dev.rapt.text.embed.Similarity;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Embeds texts as vectors. */
@Command(
    name = "embed",
    description = {
      "Embeds each text as a vector, as sentence-transformers does with the same folder.",
      "Prints the similarity of each text to the texts before it and to itself, the cosine unless the"
          + " model states another; with --json, prints the vectors."
    })
public final class EmbedCommand
    implements Callable<Integer>, TextInputs.Task<TextEmbedder, Embedded> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Mixin private PromptArguments prompts = new PromptArguments();

  @Option(
      names = "--pooling",
      paramLabel = "MODE",
      description =
          "How the vectors of tokens become one, for a model without modules.json: cls, max, mean,"
              + " mean_sqrt_len, weighted_mean or last_token (default: what config.json says, else"
              + " mean, of a causal language model last_token).")
  private @Nullable PoolingMode pooling;

  @Spec private @Nullable CommandSpec spec;

  /** Vectors of the texts so far. */
  private final List<float[]> before = new ArrayList<>();

  private Similarity similarity = Similarity.COSINE;

  @Override
  public Integer call() throws IOException {
    prompts.check();
    return inputs.run(
        spec,
        folder -> pooling == null ? TextEmbedder.load(folder) : TextEmbedder.load(folder, pooling),
        this);
  }

  @Override
  public boolean acceptsBlankArguments() {
    return true;
  }

  @Override
  public String note(TextEmbedder model) {
    return model.hasModules() || pooling != null
        ? ""
        : "no modules.json, so the vectors are pooled as sentence-transformers does without one: "
            + model.plainPooling();
  }

  @Override
  public List<Embedded> run(TextEmbedder model, List<String> texts) {
    similarity = model.similarity();
    return model.embed(texts, prompts.of(model.prompts()));
  }

  @Override
  public String note(TextEmbedder model, Embedded result) {
    return TextInputs.noteOfCut(result.isCut(), model.maxTokens());
  }

  @Override
  public void put(Embedded result, Map<String, Object> object) {
    object.put("embedding", result.vector());
  }

  /** Prints the similarities to the texts so far. */
  @Override
  public void print(PrintWriter out, String text, Embedded result) {
    before.add(result.vector());
    StringBuilder line = new StringBuilder();
    for (float[] other : before) {
      line.append(Format.format("%7.3f", similarity.of(result.vector(), other)));
    }
    out.println(line + "  " + text);
  }
}

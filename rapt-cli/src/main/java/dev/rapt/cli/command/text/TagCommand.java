package dev.rapt.cli.command.text;

import dev.rapt.cli.output.Format;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.cli.text.WindowOverlap;
import dev.rapt.text.Tagger;
import dev.rapt.text.Tagger.Tagged;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Tags spans of texts, such as names. */
@Command(
    name = "tag",
    description = {
      "Tags spans of each text, such as names; prints score, class, offsets and span.",
      "Offsets count characters (Unicode code points), as rapt tokenize does.",
      "A text longer than the model's context is read in overlapping windows."
    })
public final class TagCommand implements Callable<Integer>, TextInputs.Task<Tagger, Tagged> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(names = "--tokens", description = "Prints the class of each token instead of spans.")
  private boolean perToken;

  @Option(
      names = "--aggregation",
      paramLabel = "KIND",
      defaultValue = "first",
      description =
          "How tokens are joined: simple, first, average or max (default: ${DEFAULT-VALUE}). A word"
              + " gets the class of its first token, the best class by the mean of the"
              + " probabilities, or the class of its most probable token; simple joins tokens"
              + " without regard to words.")
  private Tagger.Aggregation aggregation = Tagger.Aggregation.FIRST;

  @Mixin private WindowOverlap windows = new WindowOverlap();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return inputs.run(spec, Tagger::load, this);
  }

  @Override
  public List<Tagged> run(Tagger model, List<String> texts) {
    return model.tag(texts, aggregation, windows.overlap());
  }

  @Override
  public String note(Tagger model, Tagged result) {
    return TextInputs.noteOfWindows(result.numWindows());
  }

  @Override
  public void put(Tagged result, Map<String, Object> object) {
    object.put(perToken ? "tokens" : "spans", perToken ? result.tokens() : result.spans());
  }

  @Override
  public void print(PrintWriter out, String text, Tagged result) {
    out.println(text);
    if (perToken) {
      for (Tagger.Token token : result.tokens()) {
        out.println(Format.format("%8.4f  %-16s %s", token.score(), token.label(), token.token()));
      }
      return;
    }
    for (Tagger.Span span : result.spans()) {
      out.println(
          Format.format(
              "%8.4f  %-16s %d-%d  %s",
              span.score(), span.label(), span.start(), span.end(), span.text()));
    }
  }
}

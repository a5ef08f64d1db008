package dev.rapt.cli.command.text;

import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.TerminalText;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.text.FillMask;
import dev.rapt.text.FillMask.Filled;
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

/** Fills the masks in texts. */
@Command(
    name = "fill-mask",
    description = {
      "Predicts the token behind each mask; the mask is [MASK] or <mask>, depending on the model.",
      "With several masks, each is predicted while the others stay. Offsets of --json count"
          + " characters (Unicode code points), as rapt tokenize does."
    })
public final class FillMaskCommand implements Callable<Integer>, TextInputs.Task<FillMask, Filled> {
  @Mixin private TextInputs inputs = new TextInputs();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "Prints the N most likely tokens for each mask (default: ${DEFAULT-VALUE}).")
  @Range(min = 1)
  private int top;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    return inputs.run(spec, FillMask::load, this);
  }

  @Override
  public List<Filled> run(FillMask model, List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      requireMask(model, i, text.isBlank() || text.contains(model.mask()), "");
    }
    List<Filled> filled = model.fill(texts, top);
    for (int i = 0; i < filled.size(); i++) {
      boolean hasMask = texts.get(i).isBlank() || !filled.get(i).blanks().isEmpty();
      requireMask(
          model, i, hasMask, " in the %d tokens that are read".formatted(model.maxTokens()));
    }
    return filled;
  }

  private void requireMask(FillMask model, int text, boolean hasMask, String where) {
    if (!hasMask) {
      throw inputs
          .origin()
          .error("text " + (text + 1), "must hold %s%s, got none".formatted(model.mask(), where));
    }
  }

  @Override
  public String note(FillMask model, Filled result) {
    return TextInputs.noteOfCut(result.isCut(), model.maxTokens());
  }

  @Override
  public void put(Filled result, Map<String, Object> object) {
    object.put("filled", result.text());
    object.put("masks", result.blanks());
  }

  @Override
  public void print(PrintWriter out, String text, Filled result) {
    List<FillMask.Blank> blanks = result.blanks();
    if (blanks.size() > 1) {
      out.println(result.text());
    }
    for (int i = 0; i < blanks.size(); i++) {
      FillMask.Blank blank = blanks.get(i);
      if (blanks.size() > 1) {
        out.println(
            Format.format(
                "mask %d of %d, %d-%d", i + 1, blanks.size(), blank.start(), blank.end()));
      }
      for (FillMask.Candidate candidate : blank.candidates()) {
        out.println(
            Format.format(
                "%8.4f  %-16s %s",
                candidate.score(), shown(candidate), TerminalText.onOneLine(candidate.text())));
      }
    }
  }

  /** The token as the vocabulary spells it, unless it stands for control characters. */
  private static String shown(FillMask.Candidate candidate) {
    boolean hasControls = candidate.decoded().chars().anyMatch(Character::isISOControl);
    return TerminalText.onOneLine(hasControls ? candidate.decoded() : candidate.token());
  }
}

package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextFiles;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.machine.BatchMemory;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.generate.Perplexity;
import dev.rapt.model.CausalLm;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.UnknownCharacters;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures the perplexity of a text. */
@Command(
    name = "perplexity",
    description = {
      "Measures how well a decoder predicts a text: nats per token, perplexity, bits per byte.",
      "Splits the text into windows that do not overlap and predicts each token from the tokens before"
          + " it in its window. Leaves out a remainder shorter than a window."
    })
public final class PerplexityCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Option(
      names = "--text",
      paramLabel = "FILE",
      required = true,
      description = "UTF-8 text to predict.")
  private Path text = Path.of("");

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Tokens of a window (default: the model's context, at most 2048).")
  @Range(min = 1)
  private @Nullable Integer window;

  @Option(names = "--batch", paramLabel = "N", description = "Windows of a batch (default: 8).")
  @Range(min = 1)
  private int batch = 8;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Output.of(spec);
    Path folder = ModelFolder.require(model);
    Tokenizer tokenizer = ModelFolder.tokenizer(folder);
    String content = TextSource.read(text);
    TextFiles.requireKnown(UnknownCharacters.of(tokenizer).add(content), text);
    int[] ids = tokenizer.encode(content);
    ProgressLine progress = ProgressLine.toTerminal(Output.errorsOf(spec));
    try (CausalLm loaded = CausalLm.load(folder)) {
      int size = window == null ? Math.min(loaded.config().maxPositions(), 2048) : window;
      int context = loaded.config().maxPositions();
      int longest = Math.min(size, ids.length - 1);
      if (longest > context && !loaded.config().endsAtMaxPositions()) {
        Output.errorsOf(spec)
            .println(
                "--window: the model was trained on at most %d tokens, got windows of %d; a smaller window predicts better"
                    .formatted(context, longest));
      }
      long windows = longest < 1 ? 0 : Math.min(batch, (ids.length - 1) / longest);
      BatchMemory.require("--batch", windows, longest, loaded.config());
      Perplexity result =
          TextOrigin.of(text)
              .check(
                  "text",
                  "text",
                  () ->
                      Perplexity.of(
                          loaded, ids, size, batch, share -> progress.update(share, "predicting")));
      progress.clear();
      int[] scored = Arrays.copyOfRange(ids, 1, 1 + Math.toIntExact(result.numScored()));
      long bytes = tokenizer.decode(scored, false).getBytes(StandardCharsets.UTF_8).length;
      print(out, result, ids.length, size, bytes);
    }
    return 0;
  }

  private void print(PrintWriter out, Perplexity result, int tokens, int size, long bytes) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("tokens", tokens);
      map.put("tokens_scored", result.numScored());
      map.put("window", size);
      map.put("nats_per_token", result.natsPerToken());
      map.put("perplexity", result.perplexity());
      map.put("bits_per_byte", result.bitsPerByte(bytes));
      Json.print(out, map);
      return;
    }
    out.println(Format.format("nats per token   %.4f", result.natsPerToken()));
    out.println(Format.format("perplexity       %.4f", result.perplexity()));
    out.println(
        Format.format("bits per byte    %.4f (%d bytes)", result.bitsPerByte(bytes), bytes));
    out.println(
        Format.format(
            "tokens           %d, %d predicted, in windows of %d",
            tokens, result.numScored(), size));
  }
}

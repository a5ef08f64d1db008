package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.PromptArguments;
import dev.rapt.cli.text.TextInputs;
import dev.rapt.text.Reranker;
import dev.rapt.text.Reranker.Ranked;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Ranks documents for a query. */
@Command(
    name = "rank",
    description = {
      "Ranks documents by how well they answer a query, with a reranker (cross-encoder): a sequence"
          + " classifier with one label.",
      "Prints score and document, the best first."
    })
public final class RankCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "Hugging Face folder or ONNX file with a tokenizer, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(index = "1", paramLabel = "QUERY", description = "The query.")
  private String query = "";

  @Parameters(
      index = "2..*",
      paramLabel = "DOC",
      description =
          "Documents, each an argument (default: read --file, else the standard input, one document"
              + " on each line).")
  private @Nullable List<String> arguments;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the documents from this UTF-8 file, one on each line.")
  private @Nullable Path file;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      description = "Prints the N best documents (default: all).")
  @Range(min = 1)
  private @Nullable Integer topK;

  @Mixin private PromptArguments prompts = new PromptArguments();

  @Option(
      names = "--json",
      description =
          "Prints one JSON object for each document; its index counts the given ones from 0.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    prompts.check();
    int most = topK == null ? Integer.MAX_VALUE : topK;
    Path folder = ModelFolder.require(model);
    List<String> documents =
        TextInputs.some(
            TextInputs.argumentsOrLines(arguments, file), TextOrigin.of(arguments, file));
    PrintWriter out = Output.of(spec);
    PrintWriter err = Output.errorsOf(spec);
    try (Reranker reranker = Reranker.load(folder)) {
      reranker.onProgress(TextInputs.progress(err, documents.size()));
      List<Ranked> ranked = reranker.rank(query, documents, prompts.of(reranker.prompts()));
      long numCut = ranked.stream().filter(Ranked::isCut).count();
      if (numCut > 0) {
        err.println(
            "documents: %d of %d cut, since the model reads %d tokens with the query"
                .formatted(numCut, documents.size(), reranker.maxTokens()));
      }
      ranked.stream().limit(most).forEach(each -> print(out, each, documents.get(each.index())));
    }
    return 0;
  }

  private void print(PrintWriter out, Ranked ranked, String document) {
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("index", ranked.index());
      object.put("score", ranked.score());
      object.put("text", document);
      Json.print(out, object);
    } else {
      out.println(Format.format("%8.4f  %s", ranked.score(), document));
    }
  }
}

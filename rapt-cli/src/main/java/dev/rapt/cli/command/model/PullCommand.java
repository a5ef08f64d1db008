package dev.rapt.cli.command.model;

import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.hub.FileChoice;
import dev.rapt.hub.HubCache;
import dev.rapt.hub.HubSettings;
import dev.rapt.hub.ModelPull;
import dev.rapt.hub.ModelPull.Pulled;
import dev.rapt.hub.RemoteFile;
import dev.rapt.hub.RepoId;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Downloads a model from the Hugging Face hub into the cache of Hugging Face's library. */
@Command(
    name = "pull",
    description = {
      "Downloads a model from the Hugging Face hub: configuration, tokenizer and safetensors.",
      "Stores it in the cache of Hugging Face's Python library (HF_HUB_CACHE, HF_HOME or"
          + " ~/.cache/huggingface/hub); every command with a MODEL finds it there by its name."
          + " HF_ENDPOINT sets another hub, HF_TOKEN the access token."
    })
public final class PullCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ORG/NAME", description = "Name of the model on the hub.")
  private String model = "";

  @Option(
      names = "--revision",
      paramLabel = "REV",
      defaultValue = "main",
      description = "Branch, tag or commit (default: ${DEFAULT-VALUE}).")
  private String revision = "main";

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description =
          "Downloads only files that match, such as *.json; may be given several times (default: the"
              + " files that Rapt reads).")
  private List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Skips files that match; may be given several times.")
  private List<String> exclude = List.of();

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "Access token for private and gated models (default: HF_TOKEN, else the stored login).")
  private @Nullable String token;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      defaultValue = "4",
      description = "Downloads N files at the same time (default: ${DEFAULT-VALUE}).")
  @Range(min = 1, max = 256)
  private int jobs = ModelPull.USUAL_PARALLEL;

  @Option(
      names = "--offline",
      description = "Looks only in the cache; HF_HUB_OFFLINE=1 does the same.")
  private boolean offline;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  private final Supplier<HubSettings> hub;

  /** Pulls from the hub of this process's environment. */
  PullCommand() {
    this(HubSettings::ofProcess);
  }

  /** Pulls from this hub. */
  PullCommand(Supplier<HubSettings> hub) {
    this.hub = hub;
  }

  @Override
  public Integer call() {
    RepoId repo = new RepoId(model);
    HubSettings settings = hub.get();
    if (token != null) {
      settings = settings.withToken(token);
    }
    if (offline || settings.offline()) {
      Path folder = inCache(repo, settings);
      print(Map.of("folder", folder.toString()), "%s is in the cache".formatted(repo), folder);
      return 0;
    }
    long start = System.nanoTime();
    Pulled pulled = pull(repo, settings);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("folder", pulled.folder().toString());
    facts.put("commit", pulled.commit());
    facts.put("files", pulled.files().stream().map(RemoteFile::path).toList());
    facts.put("bytes", pulled.totalBytes());
    facts.put("seconds", took.toMillis() / 1000.0);
    String sentence =
        "%s: %d files, %s, in %s"
            .formatted(
                repo,
                pulled.files().size(),
                Format.bytes(pulled.totalBytes()),
                Format.duration(took));
    print(facts, sentence, pulled.folder());
    return 0;
  }

  private Path inCache(RepoId repo, HubSettings settings) {
    return new HubCache(settings.cache())
        .find(repo, revision)
        .orElseThrow(() ->
            new CommandException(
                "%s: must be in the cache when offline, got nothing of revision %s in %s; run without --offline and HF_HUB_OFFLINE"
                    .formatted(repo, revision, settings.cache())));
  }

  private Pulled pull(RepoId repo, HubSettings settings) {
    ProgressLine line = ProgressLine.toTerminal(Output.errorsOf(spec));
    long start = System.nanoTime();
    try {
      return new ModelPull(settings, jobs)
          .run(
              repo,
              revision,
              FileChoice.of(include, exclude),
              (done, total) -> show(line, repo, done, total, start));
    } finally {
      line.clear();
    }
  }

  private static void show(ProgressLine line, RepoId repo, long done, long total, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    String text =
        "%s %s of %s, %s/s"
            .formatted(
                repo,
                Format.bytes(done),
                Format.bytes(total),
                Format.bytes((long) (done / Math.max(seconds, 0.1))));
    synchronized (line) {
      line.update(total == 0 ? 1 : done / (double) total, text);
    }
  }

  private void print(Map<String, Object> facts, String sentence, Path folder) {
    PrintWriter out = Output.of(spec);
    if (json) {
      Json.print(out, facts);
    } else {
      out.println(sentence);
      out.println(folder);
    }
  }
}

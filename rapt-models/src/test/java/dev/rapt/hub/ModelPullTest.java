package dev.rapt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.hub.ModelPull.Pulled;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a hub on a local port, with the faults that a network has. */
class ModelPullTest {
  private static final RepoId REPO = new RepoId(FakeHub.REPO);
  private static final String WEIGHTS = "model.safetensors";
  private static final int WEIGHT_BYTES = 3_000_000;

  @TempDir Path temp;
  private FakeHub hub;
  private final byte[] weights = new byte[WEIGHT_BYTES];
  private final AtomicLong doneBytes = new AtomicLong();

  @BeforeEach
  void open() throws IOException {
    new Random(1).nextBytes(weights);
    hub =
        new FakeHub()
            .put("config.json", "{\"model_type\": \"llama\"}")
            .put("tokenizer.json", "{}")
            .put(WEIGHTS, weights)
            .put("pytorch_model.bin", "pickled")
            .put("consolidated.safetensors", "twice")
            .put("onnx/model.onnx", "graph")
            .put("README.md", "# tiny");
  }

  @AfterEach
  void close() throws IOException {
    hub.close();
  }

  private HubSettings settings(Path cache) {
    return new HubSettings(hub.uri(), cache, null, false);
  }

  private ModelPull pull(HubSettings settings) {
    return new ModelPull(settings, 3, new Backoff(4, Duration.ofMillis(1)));
  }

  private Pulled run() {
    return pull(settings(temp)).run(REPO, "main", FileChoice.usual(), this::progress);
  }

  private void progress(long done, long total) {
    doneBytes.set(done);
    assertThat(done).isBetween(0L, total);
  }

  private Path modelFolder() {
    return temp.resolve("models--acme--tiny");
  }

  private void assertComplete(Pulled pulled) throws IOException {
    assertThat(Files.readAllBytes(pulled.folder().resolve(WEIGHTS))).isEqualTo(weights);
    assertThat(Files.readString(pulled.folder().resolve("tokenizer.json"))).isEqualTo("{}");
    try (Stream<Path> blobs = Files.list(modelFolder().resolve("blobs"))) {
      assertThat(blobs.map(blob -> blob.getFileName().toString()))
          .containsExactlyInAnyOrder(
              hub.id("config.json"), hub.id("tokenizer.json"), hub.id(WEIGHTS));
    }
  }

  @Test
  void theCacheIsLaidOutAsThePythonLibraryDoes() throws IOException {
    Pulled pulled = run();

    assertComplete(pulled);
    assertThat(pulled.folder()).isEqualTo(modelFolder().resolve("snapshots/" + FakeHub.COMMIT));
    assertThat(modelFolder().resolve("refs/main")).hasContent(FakeHub.COMMIT);
    Path pointer = pulled.folder().resolve(WEIGHTS);
    assertThat(Files.readSymbolicLink(pointer)).isEqualTo(Path.of("../../blobs", hub.id(WEIGHTS)));
    try (Stream<Path> files = Files.list(pulled.folder())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("config.json", "tokenizer.json", WEIGHTS);
    }
    assertThat(new HubCache(temp).find(REPO, "main")).contains(pulled.folder());
    assertThat(new HubCache(temp).find(REPO, FakeHub.COMMIT)).contains(pulled.folder());
    assertThat(new HubCache(temp).find(REPO, "other")).isEmpty();
    assertThat(doneBytes).hasValue(pulled.totalBytes());
  }

  @Test
  void whatIsThereIsNotDownloadedAgain() {
    run();
    run();
    assertThat(hub.requestsFor(WEIGHTS)).isEqualTo(1);
    assertThat(doneBytes.get()).isGreaterThan(WEIGHT_BYTES);
  }

  @Test
  void theFoldersThatModulesJsonNamesArePulled() throws IOException {
    hub.put(
            "modules.json",
            """
            [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
             {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
             {"idx": 2, "path": "./heads/2_Dense/", "type": "sentence_transformers.models.Dense"}]
            """)
        .put("1_Pooling/config.json", "{\"pooling_mode\": \"cls\"}")
        .put("heads/2_Dense/config.json", "{\"in_features\": 2}")
        .put("heads/2_Dense/model.safetensors", "dense")
        .put("heads/2_Dense/pytorch_model.bin", "pickled")
        .put("heads/2_Dense/onnx/model.onnx", "graph")
        .put("other/config.json", "{\"other\": 1}");

    Pulled pulled = run();

    assertThat(pulled.files())
        .extracting(RemoteFile::path)
        .containsExactlyInAnyOrder(
            "config.json",
            "tokenizer.json",
            WEIGHTS,
            "modules.json",
            "1_Pooling/config.json",
            "heads/2_Dense/config.json",
            "heads/2_Dense/model.safetensors");
    assertThat(pulled.folder().resolve("heads/2_Dense/model.safetensors")).hasContent("dense");
    assertThat(pulled.folder().resolve("1_Pooling/config.json"))
        .hasContent("{\"pooling_mode\": \"cls\"}");
    assertThat(doneBytes).hasValue(pulled.totalBytes());
  }

  @Test
  void aModuleWithPickledWeightsAloneIsRefused() {
    hub.put("modules.json", "[{\"path\": \"2_Dense\"}]")
        .put("2_Dense/config.json", "{}")
        .put("2_Dense/pytorch_model.bin", "pickled");
    assertThatThrownBy(this::run)
        .isInstanceOf(HubException.class)
        .hasMessageContaining("must be in safetensors, got 2_Dense/pytorch_model.bin");
  }

  @Test
  void patternsChooseFiles() {
    FileChoice choice = FileChoice.of(List.of("*.json", "onnx/"), List.of("tokenizer*"));
    Pulled pulled = pull(settings(temp)).run(REPO, "main", choice, this::progress);
    assertThat(pulled.files())
        .extracting(RemoteFile::path)
        .containsExactly("config.json", "onnx/model.onnx");
    assertThat(pulled.folder().resolve("onnx/model.onnx")).hasContent("graph");
    assertThat(
            FileChoice.of(List.of("model-0000[1-3]?.safetensors"), List.of())
                .wants("model-00002x.safetensors"))
        .isTrue();
  }

  @Test
  void aBrokenConnectionIsContinuedWhereItBroke() throws IOException {
    hub.failOnce(WEIGHTS, FakeHub.breakAfter(1_000_000));
    assertComplete(run());
    assertThat(hub.requests())
        .anyMatch(r -> r.contains(WEIGHTS) && r.matches(".*bytes=[1-9]\\d*-.*"));
    assertThat(hub.requestsFor(WEIGHTS)).isEqualTo(2);
  }

  @Test
  void whatAnEarlierProcessLeftIsContinued() throws IOException {
    Path blobs = Files.createDirectories(modelFolder().resolve("blobs"));
    Files.write(
        blobs.resolve(hub.id(WEIGHTS) + ".rapt.incomplete"), Arrays.copyOf(weights, 2_000_000));
    assertComplete(run());
    assertThat(hub.requests()).anyMatch(r -> r.contains(WEIGHTS + " bytes=2000000-"));
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheStart() throws IOException {
    hub.withoutRanges().failOnce(WEIGHTS, FakeHub.breakAfter(1_000_000));
    assertComplete(run());
  }

  @Test
  void aDamagedPartIsFetchedAnew() throws IOException {
    Path blobs = Files.createDirectories(modelFolder().resolve("blobs"));
    Files.write(blobs.resolve(hub.id(WEIGHTS) + ".rapt.incomplete"), new byte[1_000_000]);
    assertComplete(run());
    assertThat(hub.requestsFor(WEIGHTS)).isEqualTo(2);
  }

  @Test
  void aWrongChecksumIsRefusedAndLeavesNoBlob() throws IOException {
    hub.withWrongChecksum(WEIGHTS);
    assertThatThrownBy(this::run)
        .isInstanceOf(HubException.class)
        .hasMessageStartingWith("model.safetensors: checksum must be ffff");
    assertThat(modelFolder().resolve("blobs").resolve("f".repeat(64))).doesNotExist();
    assertThat(modelFolder().resolve("snapshots/" + FakeHub.COMMIT + "/" + WEIGHTS)).doesNotExist();
  }

  @Test
  void aBusyServerIsAskedAgain() throws IOException {
    hub.failOnce("", FakeHub.status(503))
        .failOnce("", FakeHub.status(429, "Retry-After", "0"))
        .failOnce(WEIGHTS, FakeHub.status(503))
        .failOnce(WEIGHTS, FakeHub.status(500));
    assertComplete(run());
  }

  @Test
  void aServerThatStaysBusyIsReported() {
    for (int i = 0; i < 4; i++) {
      hub.failOnce("", FakeHub.status(503));
    }
    assertThatThrownBy(this::run)
        .isInstanceOf(HubException.class)
        .hasMessageContaining("got status 503");
    assertThat(hub.requests()).hasSize(4);
  }

  @Test
  void aServerWithoutChecksumsInItsListingIsAskedForEachFile() throws IOException {
    hub.withoutChecksumsInListing();
    assertComplete(run());
  }

  @Test
  void refusalsAreExplained() {
    assertMessage(new RepoId("acme/none"), "main", "acme/none: not found, or private");
    assertMessage(REPO, "v9", "acme/tiny: revision must exist, got v9");
    hub.gated();
    assertMessage(REPO, "main", "acme/tiny: this model is gated; accept its terms at " + hub.uri());
  }

  private void assertMessage(RepoId repo, String revision, String start) {
    assertThatThrownBy(
            () -> pull(settings(temp)).run(repo, revision, FileChoice.usual(), this::progress))
        .isInstanceOf(HubException.class)
        .hasMessageStartingWith(start);
  }

  @Test
  void theTokenIsShownToTheHubButNotToTheServersItRedirectsTo() throws IOException {
    try (FakeHub other = new FakeHub()) {
      other.put(WEIGHTS, weights);
      String elsewhere =
          other.uri() + "/" + FakeHub.REPO + "/resolve/" + FakeHub.COMMIT + "/" + WEIGHTS;
      hub.gated().failOnce(WEIGHTS, FakeHub.status(302, "Location", elsewhere));
      assertComplete(
          pull(settings(temp).withToken("hf_secret"))
              .run(REPO, "main", FileChoice.usual(), this::progress));
      assertThat(other.requests()).hasSize(1).allMatch(r -> r.endsWith(" null"));
      assertThat(hub.requests()).allMatch(r -> r.endsWith(" Bearer hf_secret"));
    }
  }

  @Test
  void weightsInOtherFormatsAloneAreRefused() throws IOException {
    try (FakeHub old = new FakeHub()) {
      old.put("config.json", "{}").put("pytorch_model.bin", "pickled");
      ModelPull pull = pull(new HubSettings(old.uri(), temp, null, false));
      assertThatThrownBy(() -> pull.run(REPO, "main", FileChoice.usual(), this::progress))
          .hasMessageContaining("must be in safetensors, got pytorch_model.bin");
    }
  }

  @Test
  void offlineNothingIsAsked() {
    ModelPull pull = pull(settings(temp).toOffline());
    assertThatThrownBy(() -> pull.run(REPO, "main", FileChoice.usual(), this::progress))
        .hasMessageContaining("cannot be downloaded offline");
    assertThat(hub.requests()).isEmpty();
  }

  @Test
  void aHubThatCannotBeReachedIsNamed() throws IOException {
    HubSettings settings = settings(temp);
    hub.close();
    assertThatThrownBy(() -> pull(settings).run(REPO, "main", FileChoice.usual(), this::progress))
        .hasMessageStartingWith("127.0.0.1: cannot be reached");
  }

  @Test
  void pathsThatLeadOutOfTheFolderAreRefused() {
    for (String path : List.of("../x", "/etc/passwd", "a/../../b", "a//b", "a\\b", "")) {
      assertThatThrownBy(() -> new RemoteFile(path, 1, "0".repeat(40)))
          .isInstanceOf(HubException.class);
    }
    assertThatThrownBy(() -> new HubCache(temp).find(REPO, "../../../x"))
        .hasMessageContaining("revision: must be");
    assertThatThrownBy(() -> new RepoId("../x")).hasMessageContaining("must be ORG/NAME");
  }

  @Test
  void twoAtOnceDownloadEachFileOnce() throws Exception {
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      Callable<Pulled> one =
          () -> pull(settings(temp)).run(REPO, "main", FileChoice.usual(), (_, _) -> {});
      Future<Pulled> first = both.submit(one);
      Future<Pulled> second = both.submit(one);
      assertComplete(first.get());
      assertComplete(second.get());
    }
    assertThat(hub.requestsFor(WEIGHTS)).isEqualTo(1);
  }

  @Test
  void twoProcessesAtOnceDownloadEachFileOnce() throws Exception {
    Process[] processes = new Process[2];
    for (int i = 0; i < processes.length; i++) {
      processes[i] =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  classPath(),
                  PullProcess.class.getName(),
                  hub.uri().toString(),
                  temp.toString())
              .redirectErrorStream(true)
              .start();
    }
    for (Process process : processes) {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
    }
    assertThat(Files.readAllBytes(modelFolder().resolve("blobs").resolve(hub.id(WEIGHTS))))
        .isEqualTo(weights);
    assertThat(hub.requestsFor(WEIGHTS)).isEqualTo(1);
  }

  private static String classPath() {
    return Stream.of(
            System.getProperty("java.class.path", ""), System.getProperty("jdk.module.path", ""),
            location(PullProcess.class), location(ModelPull.class))
        .filter(part -> !part.isEmpty())
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElseThrow();
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A process of its own that downloads the model. */
  static final class PullProcess {
    private PullProcess() {}

    public static void main(String[] args) {
      HubSettings settings = new HubSettings(URI.create(args[0]), Path.of(args[1]), null, false);
      new ModelPull(settings).run(REPO, "main", FileChoice.usual(), (_, _) -> {});
    }
  }
}

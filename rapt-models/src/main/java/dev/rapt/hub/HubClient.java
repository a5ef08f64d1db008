package dev.rapt.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * HTTP client of the hub. Requests that may succeed later (429, 5xx, broken connections) are
 * retried; other errors are explained. The token is sent to the hub only, not to servers that it
 * redirects to. Thread-safe.
 */
final class HubClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HubSettings settings;
  private final Backoff backoff;
  private final HttpClient http;

  /** Creates a client; each request is retried with this backoff. */
  HubClient(HubSettings settings, Backoff backoff) {
    this.settings = settings;
    this.backoff = backoff;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // a connection per file
            .followRedirects(HttpClient.Redirect.NEVER) // followed in get, without the token
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
  }

  /**
   * Listing of a model's files at a commit.
   *
   * @param commit 40 hexadecimal digits
   */
  record Listing(String commit, List<RemoteFile> files) {}

  /**
   * Requests the list of files of a revision.
   *
   * @throws HubException if there is no such model or revision, or the hub denies access
   */
  Listing list(RepoId repo, String revision) {
    URI uri =
        URI.create(
            settings.endpoint()
                + "/api/models/%s/revision/%s?blobs=true".formatted(repo, encode(revision)));
    JsonNode json = json(repo, revision, uri);
    String commit = json.path("sha").asString("");
    if (!HubCache.isCommit(commit) || !json.path("siblings").isArray()) {
      throw new HubException(
          "%s: the hub must list commit and files, got neither from %s; check that HF_ENDPOINT is a Hugging Face hub"
              .formatted(repo, uri));
    }
    List<RemoteFile> files = new ArrayList<>();
    for (JsonNode file : json.get("siblings").values()) {
      files.add(remoteFile(repo, commit, file));
    }
    return new Listing(commit, List.copyOf(files));
  }

  private JsonNode json(RepoId repo, String revision, URI uri) {
    try (InputStream body = get(repo, revision, uri, 0).body()) {
      return JsonMapper.shared().readTree(body.readAllBytes());
    } catch (JacksonException e) {
      throw new HubException(
          "%s: the hub must answer in JSON, got something else from %s; check that HF_ENDPOINT is a"
                  .formatted(repo, uri)
              + " Hugging Face hub",
          e);
    } catch (IOException e) {
      throw new HubException("%s: connection lost (%s); try again".formatted(uri, e), e);
    }
  }

  /**
   * Returns a file of the listing; if the listing has no checksum or size, as on some mirrors,
   * requests them.
   */
  private RemoteFile remoteFile(RepoId repo, String commit, JsonNode file) {
    String path = file.path("rfilename").asString("");
    JsonNode lfs = file.path("lfs");
    String id = lfs.path("sha256").asString(file.path("blobId").asString(""));
    long size = lfs.path("size").asLong(file.path("size").asLong(-1));
    return id.isEmpty() || size < 0
        ? askForFile(repo, commit, path)
        : new RemoteFile(path, size, id);
  }

  private RemoteFile askForFile(RepoId repo, String commit, String path) {
    HttpResponse<InputStream> head =
        retrying(repo, commit, request(file(repo, commit, path), 0).method("HEAD", none()).build());
    String id = header(head, "X-Linked-Etag", header(head, "ETag", ""));
    String size = header(head, "X-Linked-Size", header(head, "Content-Length", "-1"));
    return new RemoteFile(
        path, size.matches("\\d{1,18}") ? Long.parseLong(size) : -1, id.replaceAll("^W/|\"", ""));
  }

  private static HttpRequest.BodyPublisher none() {
    return HttpRequest.BodyPublishers.noBody();
  }

  /** Returns the URL of a file. */
  URI file(RepoId repo, String commit, String path) {
    StringBuilder uri = new StringBuilder(settings.endpoint() + "/" + repo + "/resolve/");
    uri.append(encode(commit));
    for (String part : path.split("/", -1)) {
      uri.append('/').append(encode(part));
    }
    return URI.create(uri.toString());
  }

  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /**
   * Requests a file from a position on. The status of the response is 206, 200 (the server ignores
   * the position and sends the whole file) or 416; the caller closes the body.
   *
   * @param from position in bytes
   */
  HttpResponse<InputStream> get(RepoId repo, String revision, URI uri, long from) {
    URI at = uri;
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      HttpResponse<InputStream> response =
          retrying(repo, revision, request(at, from).GET().build());
      if (!REDIRECTS.contains(response.statusCode())) {
        return response;
      }
      close(response);
      at = at.resolve(header(response, "Location", ""));
    }
    throw new HubException(
        "%s: must redirect at most %d times, got more".formatted(uri, MOST_REDIRECTS));
  }

  private HttpRequest.Builder request(URI uri, long from) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(ANSWER_TIMEOUT).header("User-Agent", "rapt");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    String token = settings.token();
    if (token != null && isHub(uri)) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private boolean isHub(URI uri) {
    URI hub = settings.endpoint();
    return String.valueOf(uri.getHost()).equalsIgnoreCase(hub.getHost())
        && String.valueOf(uri.getScheme()).equals(hub.getScheme())
        && uri.getPort() == hub.getPort();
  }

  /** Sends a request, with retries, until it succeeds, is redirected or fails finally. */
  private HttpResponse<InputStream> retrying(RepoId repo, String revision, HttpRequest request) {
    for (int attempt = 0; ; attempt++) {
      Duration asked = Duration.ZERO;
      try {
        HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
        int status = response.statusCode();
        if (status < 400 || status == 416) {
          return response;
        }
        close(response);
        boolean mayWorkLater = status == 408 || status == 429 || status >= 500;
        if (!mayWorkLater || !backoff.continuesAfter(attempt)) {
          throw Refusal.of(repo, revision, settings.token() != null, response);
        }
        asked = retryAfter(response);
      } catch (IOException e) {
        if (!backoff.continuesAfter(attempt)) {
          throw unreachable(request.uri(), e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new HubException("download: interrupted", e);
      }
      backoff.pause(attempt, asked);
    }
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = header(response, "Retry-After", "0");
    return seconds.matches("\\d{1,6}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }

  private static HubException unreachable(URI uri, IOException e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String problem = e instanceof ConnectException ? "cannot be reached" : "cannot be read";
    return new HubException(
        "%s: %s (%s); check the network, or use downloaded models with --offline"
            .formatted(uri.getHost(), problem, reason),
        e);
  }

  /** Returns a header of a response, or the default. */
  static String header(HttpResponse<?> response, String name, String otherwise) {
    return response.headers().firstValue(name).orElse(otherwise);
  }

  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      // the status is known; the rest of the body does not matter
    }
  }

  /** Returns the backoff between attempts. */
  Backoff backoff() {
    return backoff;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}

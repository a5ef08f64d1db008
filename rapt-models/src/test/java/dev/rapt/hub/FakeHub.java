package dev.rapt.hub;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A hub with one model on a local port, which answers as the real one does, and can fail. It speaks
 * HTTP itself, so that connections can break in the middle of an answer.
 */
final class FakeHub implements AutoCloseable {
  static final String REPO = "acme/tiny";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /** How a request is answered instead. */
  @FunctionalInterface
  interface Fault {
    void answer(Exchange exchange, byte[] content) throws IOException;
  }

  /** A request, and where its answer goes. */
  record Exchange(
      String method,
      String path,
      Map<String, String> request,
      Map<String, String> response,
      OutputStream out) {

    /** Sends a status, the headers and as much of a body of this length. */
    void send(int status, long length, byte[] body, int from, int count) throws IOException {
      StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
      response.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
      head.append("Content-Length: " + length + "\r\nConnection: close\r\n\r\n");
      out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      out.write(body, from, count);
      out.flush();
    }
  }

  private final ServerSocket server;
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, String> wrongIds = new ConcurrentHashMap<>();
  private final Map<String, List<Fault>> faults = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile boolean hasRanges = true;
  private volatile boolean listsChecksums = true;
  private volatile boolean isGated;

  FakeHub() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      String request = in.readLine();
      if (request == null) {
        return; // the client closed the connection before it asked
      }
      String[] line = request.split(" ", -1);
      Map<String, String> headers = new HashMap<>();
      for (String header = in.readLine(); header != null && !header.isEmpty(); ) {
        int colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
        header = in.readLine();
      }
      String path = URI.create(line[1]).getPath();
      answer(new Exchange(line[0], path, headers, new LinkedHashMap<>(), socket.getOutputStream()));
    } catch (IOException e) {
      // the client closed the connection
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  FakeHub put(String path, byte[] content) {
    files.put(path, content);
    return this;
  }

  FakeHub put(String path, String content) {
    return put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The next request for this file, or for the listing with the name "", goes wrong like this. */
  FakeHub failOnce(String path, Fault fault) {
    faults.computeIfAbsent(path, _ -> new CopyOnWriteArrayList<>()).add(fault);
    return this;
  }

  FakeHub withoutRanges() {
    hasRanges = false;
    return this;
  }

  FakeHub withoutChecksumsInListing() {
    listsChecksums = false;
    return this;
  }

  FakeHub gated() {
    isGated = true;
    return this;
  }

  FakeHub withWrongChecksum(String path) {
    wrongIds.put(path, "f".repeat(64));
    return this;
  }

  /** Method, path, range and token of each request. */
  List<String> requests() {
    return requests;
  }

  long requestsFor(String path) {
    return requests.stream().filter(r -> r.contains("/" + path + " ")).count();
  }

  /** Sends the first bytes, then breaks the connection. */
  static Fault breakAfter(int bytes) {
    return (exchange, content) -> exchange.send(200, content.length, content, 0, bytes);
  }

  static Fault status(int status, String... headers) {
    return (exchange, _) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.response().put(headers[i], headers[i + 1]);
      }
      exchange.send(status, 0, new byte[0], 0, 0);
    };
  }

  private void answer(Exchange exchange) throws IOException {
    String path = exchange.path();
    String range = exchange.request().get("range");
    String token = exchange.request().get("authorization");
    requests.add(exchange.method() + " " + path + " " + range + " " + token);
    String resolve = "/" + REPO + "/resolve/" + COMMIT + "/";
    if (path.startsWith("/api/models/" + REPO + "/revision/")) {
      Fault fault = nextFault("");
      if (fault == null) {
        list(exchange, path.substring(path.lastIndexOf('/') + 1));
      } else {
        fault.answer(exchange, new byte[0]);
      }
    } else if (path.startsWith(resolve) && files.containsKey(path.substring(resolve.length()))) {
      file(exchange, path.substring(resolve.length()), range, token);
    } else if (path.contains(REPO)) {
      status(404, "X-Error-Code", "EntryNotFound").answer(exchange, new byte[0]);
    } else {
      status(401, "X-Error-Code", "RepoNotFound").answer(exchange, new byte[0]);
    }
  }

  private Fault nextFault(String path) {
    List<Fault> waiting = faults.getOrDefault(path, List.of());
    return waiting.isEmpty() ? null : waiting.removeFirst();
  }

  private void list(Exchange exchange, String revision) throws IOException {
    if (!revision.equals("main") && !revision.equals(COMMIT)) {
      status(404, "X-Error-Code", "RevisionNotFound").answer(exchange, new byte[0]);
      return;
    }
    ObjectNode json = JsonMapper.shared().createObjectNode();
    json.put("id", REPO).put("sha", COMMIT);
    ArrayNode siblings = json.putArray("siblings");
    files.forEach((path, content) -> {
      ObjectNode file = siblings.addObject().put("rfilename", path);
      if (listsChecksums) {
        file.put("size", content.length).put("blobId", sha1(content));
        if (isLarge(path)) {
          ObjectNode lfs = file.putObject("lfs");
          lfs.put("sha256", id(path)).put("size", content.length).put("pointerSize", 134);
        }
      }
    });
    byte[] body = JsonMapper.shared().writeValueAsBytes(json);
    exchange.response().put("Content-Type", "application/json");
    exchange.send(200, body.length, body, 0, body.length);
  }

  private void file(Exchange exchange, String path, String range, String token) throws IOException {
    byte[] content = files.get(path);
    exchange.response().put("X-Repo-Commit", COMMIT);
    if (isGated && token == null) {
      status(401, "X-Error-Code", "GatedRepo").answer(exchange, content);
      return;
    }
    exchange.response().put("ETag", '"' + id(path) + '"');
    exchange.response().put("X-Linked-Size", String.valueOf(content.length));
    Fault fault = nextFault(path);
    if (fault != null) {
      fault.answer(exchange, content);
    } else if (exchange.method().equals("HEAD")) {
      exchange.send(200, content.length, content, 0, 0);
    } else {
      int from = 0;
      if (range != null && hasRanges) {
        from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-.*", "$1"));
        exchange
            .response()
            .put(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      int rest = content.length - from;
      exchange.send(from > 0 ? 206 : 200, rest, content, from, rest);
    }
  }

  static boolean isLarge(String path) {
    return path.endsWith(".safetensors") || path.endsWith(".bin");
  }

  /** The checksum under which the hub knows the file. */
  String id(String path) {
    byte[] content = files.get(path);
    return wrongIds.getOrDefault(path, isLarge(path) ? hash("SHA-256", content) : sha1(content));
  }

  private static String sha1(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
    return hash("SHA-1", header, content);
  }

  private static String hash(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

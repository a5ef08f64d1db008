package dev.rapt.cli.command.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model hub on a local port that serves the files of one folder as the branch main. */
final class LocalHub implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final String repo;
  private final String commit;
  private final Path folder;

  LocalHub(String repo, String commit, Path folder) throws IOException {
    this.repo = repo;
    this.commit = commit;
    this.folder = folder;
    Thread.ofVirtual().start(this::accept);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
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
      String[] request = String.valueOf(in.readLine()).split(" ", -1);
      String header = in.readLine();
      while (header != null && !header.isEmpty()) {
        header = in.readLine();
      }
      String path = URI.create(request[1]).getPath();
      boolean isListing = path.equals("/api/models/" + repo + "/revision/main");
      byte[] body = isListing ? listing() : file(path);
      String head =
          body.length == 0
              ? "HTTP/1.1 404 Not Found\r\n"
              : "HTTP/1.1 200 OK\r\nX-Repo-Commit: %s\r\nETag: \"%s\"\r\n"
                  .formatted(commit, blobId(body));
      OutputStream out = socket.getOutputStream();
      out.write(
          (head + "Content-Length: " + body.length + "\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
      out.write(body, 0, request[0].equals("HEAD") ? 0 : body.length);
      out.flush();
    } catch (IOException e) {
      // the client closed the connection
    }
  }

  private byte[] file(String path) throws IOException {
    String prefix = "/" + repo + "/resolve/" + commit + "/";
    return path.startsWith(prefix)
        ? Files.readAllBytes(folder.resolve(path.substring(prefix.length())))
        : new byte[0];
  }

  private byte[] listing() throws IOException {
    ObjectNode json = JsonMapper.shared().createObjectNode().put("id", repo).put("sha", commit);
    ArrayNode siblings = json.putArray("siblings");
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      byte[] content = Files.readAllBytes(file);
      siblings
          .addObject()
          .put("rfilename", file.getFileName().toString())
          .put("size", content.length)
          .put("blobId", blobId(content));
    }
    return JsonMapper.shared().writeValueAsBytes(json);
  }

  /** The id that Git gives to the content. */
  private static String blobId(byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}

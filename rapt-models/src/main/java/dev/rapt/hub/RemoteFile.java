package dev.rapt.hub;

import java.util.regex.Pattern;

/**
 * A file of a model on the hub.
 *
 * @param path path from the root of the model, with slashes: {@code model.safetensors}
 * @param size size in bytes
 * @param id checksum, also its name in the cache: the SHA-256 of a large file, or git's SHA-1 of a
 *     small one
 */
public record RemoteFile(String path, long size, String id) {
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * Checks path, checksum and size.
   *
   * @throws HubException if the path leads out of the model's folder, or checksum or size is
   *     invalid
   */
  public RemoteFile {
    if (path.isEmpty() || path.startsWith("/") || path.indexOf('\\') >= 0 || hasDots(path)) {
      throw new HubException("hub: files must be inside the model's folder, got \"" + path + "\"");
    }
    if (!SHA1.matcher(id).matches() && !SHA256.matcher(id).matches()) {
      throw new HubException(
          path
              + ": must have a SHA-1 or SHA-256 on the hub, got \""
              + id
              + "\"; check that HF_ENDPOINT is a"
              + " Hugging Face hub");
    }
    if (size < 0) {
      throw new HubException(path + ": must have a size on the hub, got " + size);
    }
  }

  private static boolean hasDots(String path) {
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether the checksum is a SHA-256 of the content; else it is git's SHA-1 of a header
   * and the content.
   */
  boolean isSha256() {
    return id.length() == 64;
  }
}

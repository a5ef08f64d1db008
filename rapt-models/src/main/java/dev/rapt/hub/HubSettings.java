package dev.rapt.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings of downloads. {@link #of} reads the same environment variables as {@code
 * huggingface_hub}.
 *
 * @param endpoint URL of the hub, by default {@code https://huggingface.co}
 * @param cache folder of the cache
 * @param token access token; null for anonymous access
 * @param offline whether to use the cache only, without the network
 */
public record HubSettings(URI endpoint, Path cache, @Nullable String token, boolean offline) {
  private static final String PUBLIC_HUB = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)\\}|(\\w+))");

  /** Returns the settings of this process, from its environment and the user's home folder. */
  public static HubSettings ofProcess() {
    return of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /**
   * Returns the settings of an environment: HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME,
   * HF_TOKEN, HF_TOKEN_PATH and HF_HUB_OFFLINE.
   *
   * @throws IllegalArgumentException if the endpoint is not a URL
   */
  public static HubSettings of(Map<String, String> environment, Path userHome) {
    Path base =
        path(environment, userHome, "XDG_CACHE_HOME", userHome.resolve(".cache"))
            .resolve("huggingface");
    Path home = path(environment, userHome, "HF_HOME", base);
    Path oldCache = path(environment, userHome, "HUGGINGFACE_HUB_CACHE", home.resolve("hub"));
    Path cache = path(environment, userHome, "HF_HUB_CACHE", oldCache);
    Path tokenFile = path(environment, userHome, "HF_TOKEN_PATH", home.resolve("token"));
    return new HubSettings(
        endpoint(environment.get("HF_ENDPOINT")),
        cache,
        token(environment, tokenFile),
        isTrue(environment.get("HF_HUB_OFFLINE"))
            || isTrue(environment.get("TRANSFORMERS_OFFLINE")));
  }

  private static URI endpoint(@Nullable String text) {
    String address = text == null || text.isBlank() ? PUBLIC_HUB : text.strip();
    URI uri = URI.create(address.replaceAll("/+$", ""));
    if (uri.getHost() == null
        || !Set.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
      throw new IllegalArgumentException(
          "HF_ENDPOINT: must be a URL such as " + PUBLIC_HUB + ", got " + address);
    }
    return uri;
  }

  private static Path path(
      Map<String, String> environment, Path userHome, String variable, Path otherwise) {
    String value = environment.get(variable);
    if (value == null || value.isEmpty()) {
      return otherwise;
    }
    String expanded =
        VARIABLE
            .matcher(value)
            .replaceAll(match -> {
              String name = match.group(1) == null ? match.group(2) : match.group(1);
              return Matcher.quoteReplacement(environment.getOrDefault(name, match.group()));
            });
    if (expanded.equals("~") || expanded.startsWith("~/") || expanded.startsWith("~\\")) {
      expanded = userHome + expanded.substring(1);
    }
    return Path.of(expanded);
  }

  private static @Nullable String token(Map<String, String> environment, Path tokenFile) {
    for (String variable : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      String token = clean(environment.get(variable));
      if (token != null) {
        return token;
      }
    }
    if (isTrue(environment.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) {
      return null;
    }
    try {
      return Files.isRegularFile(tokenFile) ? clean(Files.readString(tokenFile)) : null;
    } catch (IOException e) {
      throw new HubException(
          tokenFile + ": must be readable, since it is the token file of the hub, got " + e, e);
    }
  }

  private static @Nullable String clean(@Nullable String token) {
    return token == null || token.isBlank() ? null : token.strip();
  }

  private static boolean isTrue(@Nullable String value) {
    return value != null && TRUE.contains(value.toUpperCase(Locale.ROOT));
  }

  /** Returns a copy with this token. */
  public HubSettings withToken(String other) {
    return new HubSettings(endpoint, cache, clean(other), offline);
  }

  /** Returns a copy that uses the cache only. */
  public HubSettings toOffline() {
    return new HubSettings(endpoint, cache, token, true);
  }

  /** Returns a description that does not contain the token. */
  @Override
  public String toString() {
    return "%s, cache %s%s%s"
        .formatted(
            endpoint, cache, token == null ? "" : ", with token", offline ? ", offline" : "");
  }
}

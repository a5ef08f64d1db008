package dev.rapt.hub;

import java.net.http.HttpResponse;

/** Explains an error response of the hub and the next step. */
final class Refusal {
  private static final String NO_TOKEN =
      "log in with a token from https://huggingface.co/settings/tokens: HF_TOKEN or --token";

  private Refusal() {}

  /**
   * Returns the error for a response with status 400 or above.
   *
   * @param hasToken whether there is a token
   */
  static HubException of(RepoId repo, String revision, boolean hasToken, HttpResponse<?> response) {
    int status = response.statusCode();
    String code = HubClient.header(response, "X-Error-Code", "");
    String page = response.uri().resolve("/" + repo).toString();
    return new HubException(
        switch (code) {
          case "GatedRepo" ->
              hasToken
                  ? "%s: the token has no access to this gated model; accept its terms at %s"
                      .formatted(repo, page)
                  : "%s: this model is gated; accept its terms at %s and %s"
                      .formatted(repo, page, NO_TOKEN);
          case "RevisionNotFound" ->
              "%s: revision must exist, got %s; see the branches and tags at %s"
                  .formatted(repo, revision, page);
          case "EntryNotFound" ->
              "%s: file must exist on the hub, got nothing at %s".formatted(repo, response.uri());
          default -> byStatus(repo, status, hasToken, response);
        });
  }

  private static String byStatus(
      RepoId repo, int status, boolean hasToken, HttpResponse<?> response) {
    return switch (status) {
      case 401 ->
          hasToken
              ? "%s: not found with this token; check the name, and that the token is valid"
                  .formatted(repo)
              : "%s: not found, or private; check the name, or %s".formatted(repo, NO_TOKEN);
      case 403 -> "%s: access denied; use a token with read access to this model".formatted(repo);
      case 404 -> "%s: not found at %s; check the name".formatted(repo, response.uri());
      case 429 -> "%s: too many requests; wait a few minutes and try again".formatted(repo);
      default ->
          "%s: the server must answer, got status %d from %s; try again later"
              .formatted(repo, status, response.uri().getHost());
    };
  }
}

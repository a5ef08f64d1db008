package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.types.AddedToken;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Special and added tokens that only the files next to tokenizer.json name. They become added
 * tokens, as in the Python library.
 */
public final class FolderTokens {
  private FolderTokens() {}

  /** Returns a copy of the definition with all tokens that the configuration lists or names. */
  public static TokenizerDefinition add(TokenizerDefinition definition, TokenizerConfig config) {
    List<AddedToken> added = new ArrayList<>(definition.addedTokens());
    Set<String> known = new HashSet<>();
    added.forEach(token -> known.add(token.content()));
    Map<String, Integer> given = new LinkedHashMap<>(config.addedTokenIds());
    Set<String> named = new HashSet<>(config.tokenNames().values());
    named.addAll(config.texts("additional_special_tokens"));
    List<AddedToken> wanted = new ArrayList<>(config.addedTokens());
    wanted.sort((a, b) -> Integer.compare(a.id(), b.id()));
    for (AddedToken token : wanted) {
      given.put(token.content(), token.id());
    }
    given.forEach((content, id) -> {
      if (wanted.stream().noneMatch(token -> token.content().equals(content))) {
        boolean special = named.contains(content);
        wanted.add(new AddedToken(id, content, false, false, false, !special, special));
      }
    });
    List<String> names = new ArrayList<>(config.tokenNames().values());
    names.addAll(config.texts("additional_special_tokens"));
    for (String content : names) {
      if (wanted.stream().noneMatch(token -> token.content().equals(content))) {
        wanted.add(AddedToken.special(0, content));
      }
    }
    int next = definition.model().idLimit();
    for (AddedToken token : added) {
      next = Math.max(next, token.id() + 1);
    }
    for (AddedToken token : wanted) {
      if (!known.add(token.content())) {
        continue;
      }
      int id = definition.model().idOf(token.content());
      if (id < 0) {
        id = given.getOrDefault(token.content(), next);
        next = Math.max(next, id + 1);
      }
      added.add(
          new AddedToken(
              id,
              token.content(),
              token.singleWord(),
              token.lstrip(),
              token.rstrip(),
              token.normalized(),
              token.special() || named.contains(token.content())));
    }
    return definition.withAddedTokens(added);
  }
}

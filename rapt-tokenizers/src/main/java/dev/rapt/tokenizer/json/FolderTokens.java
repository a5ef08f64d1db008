package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.types.AddedToken;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Special and added tokens that only the files next to a vocabulary name, or that its tokenizer
 * class has by default. They become added tokens, as in the Python library.
 */
public final class FolderTokens {
  private FolderTokens() {}

  /** Returns a copy of the definition with all tokens that the configuration lists or names. */
  public static TokenizerDefinition add(TokenizerDefinition definition, TokenizerConfig config) {
    List<AddedToken> named = new ArrayList<>(config.namedTokens().values());
    named.addAll(config.extraTokens());
    Set<String> special = new HashSet<>();
    named.forEach(token -> special.add(token.content()));
    Set<String> known = new HashSet<>();
    List<AddedToken> present = new ArrayList<>();
    for (AddedToken token : definition.addedTokens()) {
      known.add(token.content());
      present.add(special.contains(token.content()) ? asSpecial(token) : token);
    }
    List<AddedToken> further = new ArrayList<>();
    for (AddedToken token : config.listedTokens()) {
      further.add(special.contains(token.content()) ? asSpecial(token) : token);
      known.add(token.content());
    }
    for (AddedToken token : named) {
      if (known.add(token.content())) {
        further.add(token);
      }
    }
    return definition.withAddedTokens(AddedTokenIds.add(definition.model(), present, further));
  }

  private static AddedToken asSpecial(AddedToken token) {
    return new AddedToken(
        token.id(),
        token.content(),
        token.singleWord(),
        token.lstrip(),
        token.rstrip(),
        token.normalized(),
        true);
  }
}

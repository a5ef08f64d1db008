package dev.rapt.tokenizer;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.AddedToken;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Maps ids to tokens and decodes them to text. Immutable. */
final class IdTable {
  private final TokenizerDefinition definition;
  private final Map<Integer, AddedToken> added = new HashMap<>();
  private final Map<Integer, String> addedSpelling = new HashMap<>();
  private final Set<String> special = new HashSet<>();
  private final int idLimit;

  /**
   * @param normalized added tokens that are matched in normalised text, with their normalised
   *     spelling
   */
  IdTable(TokenizerDefinition definition, Map<AddedToken, String> normalized) {
    this.definition = definition;
    int limit = definition.model().idLimit();
    for (AddedToken token : definition.addedTokens()) {
      added.put(token.id(), token);
      addedSpelling.put(token.id(), normalized.getOrDefault(token, token.content()));
      limit = Math.max(limit, token.id() + 1);
      if (token.special()) {
        special.add(token.content());
      }
    }
    idLimit = limit;
  }

  int idLimit() {
    return idLimit;
  }

  @Nullable String contentOf(int id) {
    AddedToken token = added.get(id);
    return token != null ? token.content() : definition.model().tokenOf(id);
  }

  /** Returns the token as decoders see it: added tokens in their normalised form. */
  private @Nullable String spellingOf(int id) {
    String spelling = addedSpelling.get(id);
    return spelling != null ? spelling : definition.model().tokenOf(id);
  }

  boolean isSpecial(int id) {
    String token = spellingOf(id);
    return token != null && special.contains(token);
  }

  @Nullable TokenDecoder decoder() {
    return definition.decoder();
  }

  /** Returns the token as decoders see it; null if there is none or it is skipped. */
  @Nullable String shown(int id, boolean skipSpecial) {
    String token = spellingOf(id);
    return token == null || (skipSpecial && special.contains(token)) ? null : token;
  }

  String decode(int[] ids, int from, int to, boolean skipSpecial) {
    List<String> tokens = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      String token = shown(ids[i], skipSpecial);
      if (token != null) {
        tokens.add(token);
      }
    }
    TokenDecoder decoder = definition.decoder();
    return decoder == null
        ? String.join(" ", tokens)
        : String.join("", tokens.isEmpty() ? tokens : decoder.decode(tokens));
  }
}

package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.FolderTokens;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.types.AddedToken;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Ids of the special tokens of a folder: those of its vocabulary, and those that become added
 * tokens because a configuration file or the tokenizer class names them.
 */
final class SpecialIds {
  private SpecialIds() {}

  /**
   * Returns a function that gives the id of a token, or -1.
   *
   * @param added added tokens that the vocabulary file itself has
   */
  static ToIntFunction<String> of(Model model, List<AddedToken> added, TokenizerConfig config) {
    Map<String, Integer> ids = new HashMap<>();
    TokenizerDefinition definition =
        new TokenizerDefinition(null, null, added, null, null, null, null, model);
    for (AddedToken token : FolderTokens.add(definition, config).addedTokens()) {
      ids.put(token.content(), token.id());
    }
    return token -> ids.getOrDefault(token, model.idOf(token));
  }
}

package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.CharTokenizerTrainer;
import dev.rapt.train.data.TokenShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerEncoderTest {
  @Test
  void textWithUnknownCharactersIsNotEncodedWithoutThem(@TempDir Path folder) throws IOException {
    Tokenizer letters = new CharTokenizerTrainer().add("ab").train(List.of());
    letters.save(folder);
    TokenizerEncoder encoder = TokenizerEncoder.of(letters, folder.resolve("tokenizer.json"));
    Path known = Files.writeString(folder.resolve("known.txt"), "abba");
    Path unknown = Files.writeString(folder.resolve("unknown.txt"), "ab\u2603ba");
    Path out = folder.resolve("out");
    assertThat(TokenShards.build(List.of(known), encoder, out).tokens()).isEqualTo(4);
    assertThatThrownBy(() -> TokenShards.build(List.of(unknown), encoder, out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 1 of 5 that it lacks: '\u2603' (U+2603)");
  }
}

package dev.rapt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSettingsTest {
  @TempDir Path home;

  private HubSettings of(Map<String, String> environment) {
    return HubSettings.of(environment, home);
  }

  @Test
  void withoutVariablesItIsThePublicHubAndTheHome() {
    HubSettings settings = of(Map.of());
    assertThat(settings.endpoint()).hasToString("https://huggingface.co");
    assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
    assertThat(settings.token()).isNull();
    assertThat(settings.offline()).isFalse();
  }

  @Test
  void theMostSpecialVariableDecidesWhereTheCacheLies() {
    assertThat(of(Map.of("XDG_CACHE_HOME", "/x")).cache()).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(of(Map.of("HF_HOME", "~/hf", "XDG_CACHE_HOME", "/x")).cache())
        .isEqualTo(home.resolve("hf/hub"));
    assertThat(of(Map.of("HUGGINGFACE_HUB_CACHE", "/old", "HF_HOME", "/hf")).cache())
        .isEqualTo(Path.of("/old"));
    assertThat(of(Map.of("HF_HUB_CACHE", "${DISK}/c", "DISK", "/d", "HF_HOME", "/hf")).cache())
        .isEqualTo(Path.of("/d/c"));
  }

  @Test
  void theTokenIsOfTheEnvironmentOrOfItsFile() throws IOException {
    Files.writeString(
        Files.createDirectories(home.resolve(".cache/huggingface")).resolve("token"), "hf_file\n");
    assertThat(of(Map.of()).token()).isEqualTo("hf_file");
    assertThat(of(Map.of("HF_TOKEN", " hf_env ")).token()).isEqualTo("hf_env");
    assertThat(of(Map.of("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).token()).isNull();
    assertThat(of(Map.of()).toString()).doesNotContain("hf_file");
  }

  @Test
  void otherVariablesMeanTheSameAsInPython() {
    assertThat(of(Map.of("HF_ENDPOINT", "http://127.0.0.1:8080/")).endpoint())
        .hasToString("http://127.0.0.1:8080");
    assertThat(of(Map.of("HF_HUB_OFFLINE", "yes")).offline()).isTrue();
    assertThat(of(Map.of("HF_HUB_OFFLINE", "0")).offline()).isFalse();
    assertThatThrownBy(() -> of(Map.of("HF_ENDPOINT", "mirror")))
        .hasMessageContaining("HF_ENDPOINT: must be a URL");
  }
}

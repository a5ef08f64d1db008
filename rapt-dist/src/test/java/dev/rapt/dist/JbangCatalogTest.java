package dev.rapt.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JbangCatalogTest {
  @Test
  void catalogRunsTheCommandLineOfThisVersion() throws Exception {
    Path file = Path.of(System.getProperty("rapt.root"), "jbang-catalog.json");
    JsonNode alias = JsonMapper.shared().readTree(file.toFile()).path("aliases").path("rapt");

    assertThat(alias.path("script-ref").asString())
        .isEqualTo("dev.rapt:rapt-cli:" + System.getProperty("rapt.version"));
    String main = alias.path("main").asString();
    assertThat(Class.forName(main).getMethod("main", String[].class)).isNotNull();
  }
}

package dev.rapt.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.Trainer;
import dev.rapt.verify.Verifier;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Imports point one way, in the order that docs/architecture.md draws. */
class ModuleRulesTest {
  private static final String ROOT = "dev.rapt.";
  private static final Path DRAWING = Path.of("..", "docs", "architecture.md");

  private static JavaClasses classes;

  @BeforeAll
  static void read() throws URISyntaxException {
    List<Location> locations = new ArrayList<>();
    for (Class<?> type :
        List.of(
            Tensor.class,
            Tokenizer.class,
            CausalLm.class,
            Trainer.class,
            Verifier.class,
            Rapt.class)) {
      locations.add(Location.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()));
    }
    classes = new ClassFileImporter().importLocations(locations);
  }

  /** The packages in the block of docs/architecture.md that begins with {@code ```order}. */
  private static List<String> order() throws IOException {
    List<String> lines = Files.readAllLines(DRAWING);
    int start = lines.indexOf("```order") + 1;
    assertThat(start).as("%s must have a block ```order", DRAWING).isPositive();
    return lines.subList(start, start + lines.subList(start, lines.size()).indexOf("```"));
  }

  private static String relative(JavaClass type) {
    return type.getPackageName().substring(ROOT.length());
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().startsWith(ROOT);
  }

  @Test
  void everyPackageIsInTheOrder() throws IOException {
    assertThat(order())
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(
            classes.stream()
                .filter(ModuleRulesTest::isOurs)
                .map(ModuleRulesTest::relative)
                .collect(Collectors.toSet()));
  }

  @Test
  void importsPointDownTheOrder() throws IOException {
    List<String> order = order();
    Set<String> upward = new TreeSet<>();
    for (JavaClass type : classes) {
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (isOurs(type)
            && isOurs(target)
            && order.indexOf(relative(target)) < order.indexOf(relative(type))) {
          upward.add(type.getName() + " -> " + target.getName());
        }
      }
    }
    assertThat(upward).isEmpty();
  }

  @Test
  void onlyVectorKernelsUseTheVectorApi() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rapt.kernel.vector..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector")
        .check(classes);
  }

  @Test
  void onlyOneDnnMakesDowncalls() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.rapt.kernel.onednn")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.SymbolLookup")
        .check(classes);
  }
}

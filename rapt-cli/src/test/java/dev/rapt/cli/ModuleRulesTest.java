package dev.rapt.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import dev.rapt.model.CausalLm;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.Trainer;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Imports point one way, between modules and between packages. */
class ModuleRulesTest {
  private static final String KERNELS = "dev.rapt.kernel";

  private static JavaClasses classes;

  @BeforeAll
  static void read() throws URISyntaxException {
    List<Location> locations = new ArrayList<>();
    for (Class<?> type :
        List.of(Tensor.class, Tokenizer.class, CausalLm.class, Trainer.class, Rapt.class)) {
      locations.add(Location.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()));
    }
    classes = new ClassFileImporter().importLocations(locations);
  }

  @Test
  void importsPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("cli")
        .definedBy("dev.rapt.cli..")
        .layer("train")
        .definedBy("dev.rapt.train..")
        .layer("verify")
        .definedBy("dev.rapt.verify..")
        .layer("text")
        .definedBy("dev.rapt.text..")
        .layer("generate")
        .definedBy("dev.rapt.generate..")
        .layer("model")
        .definedBy("dev.rapt.model..")
        .layer("nn")
        .definedBy("dev.rapt.nn..")
        .layer("autograd")
        .definedBy("dev.rapt.autograd..")
        .layer("tokenizer")
        .definedBy("dev.rapt.tokenizer..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("train")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("verify")
        .mayOnlyBeAccessedByLayers("cli", "train")
        .whereLayer("generate")
        .mayOnlyBeAccessedByLayers("cli", "train", "verify")
        .whereLayer("text")
        .mayOnlyBeAccessedByLayers("cli", "train", "verify")
        .whereLayer("model")
        .mayOnlyBeAccessedByLayers("cli", "train", "verify", "text", "generate")
        .whereLayer("nn")
        .mayOnlyBeAccessedByLayers("cli", "train", "verify", "text", "generate", "model")
        .whereLayer("autograd")
        .mayOnlyBeAccessedByLayers("train", "verify", "generate", "model", "nn")
        .whereLayer("tokenizer")
        .mayOnlyBeAccessedByLayers("cli", "train", "verify", "text", "generate")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(classes);
  }

  /** The choice of a kernel and what is chosen from know each other: they count as one. */
  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          String name = type.getPackageName();
          return name.startsWith("dev.rapt.")
              ? SliceIdentifier.of(name.startsWith(KERNELS) ? KERNELS : name)
              : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

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

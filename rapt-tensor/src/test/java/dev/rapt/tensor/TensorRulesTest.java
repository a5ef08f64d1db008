package dev.rapt.tensor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.net.URISyntaxException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Packages of the engine depend on each other in one direction. */
class TensorRulesTest {
  private static JavaClasses classes;

  @BeforeAll
  static void read() throws URISyntaxException {
    Location engine =
        Location.of(Tensor.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    classes = new ClassFileImporter().importLocations(List.of(engine));
  }

  @Test
  void layersDependDownwardsOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("autograd")
        .definedBy("dev.rapt.autograd..")
        .layer("compute")
        .definedBy("dev.rapt.compute..")
        .layer("implementations")
        .definedBy(
            "dev.rapt.kernel.scalar..", "dev.rapt.kernel.vector..", "dev.rapt.kernel.onednn..")
        .layer("kernel")
        .definedBy("dev.rapt.kernel")
        .layer("tensor")
        .definedBy("dev.rapt.tensor..")
        .whereLayer("autograd")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("compute")
        .mayOnlyBeAccessedByLayers("autograd")
        .whereLayer("implementations")
        .mayOnlyBeAccessedByLayers("compute")
        .whereLayer("kernel")
        .mayOnlyBeAccessedByLayers("autograd", "compute", "implementations")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(classes);
  }

  private static final SliceAssignment PACKAGES =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          String name = type.getPackageName();
          return name.startsWith("dev.rapt.") ? SliceIdentifier.of(name) : SliceIdentifier.ignore();
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
        .resideInAPackage("jdk.incubator.vector..")
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

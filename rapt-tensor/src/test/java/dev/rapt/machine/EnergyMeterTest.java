package dev.rapt.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnergyMeterTest {
  private static final long RANGE = 262_143_328_850L;

  @TempDir private Path powercap;

  private Path domain(String folder, String name, long microjoules) throws IOException {
    Path domain = Files.createDirectories(powercap.resolve(folder));
    Files.writeString(domain.resolve("name"), name + "\n");
    Files.writeString(domain.resolve("max_energy_range_uj"), RANGE + "\n");
    set(domain, microjoules);
    return domain;
  }

  private static EnergyMeter meter(Path folder) {
    return EnergyMeter.of(folder, Files::readString);
  }

  private static void set(Path domain, long microjoules) throws IOException {
    Files.writeString(domain.resolve("energy_uj"), microjoules + "\n");
  }

  @Test
  void energyOfAllProcessorsIsSummedFromTheBeginning() throws IOException {
    Path first = domain("intel-rapl:0", "package-0", 7_000_000);
    Path second = domain("intel-rapl:1", "package-1", 90_000_000);
    EnergyMeter meter = meter(powercap);
    assertThat(meter.reason()).isNull();
    assertThat(meter.description()).isEqualTo("RAPL, 2 processors");
    assertThat(meter.joules()).isZero();
    set(first, 8_500_000);
    set(second, 92_000_000);
    assertThat(meter.joules()).isEqualTo(3.5, within(1e-9));
    set(second, 92_250_000);
    assertThat(meter.joules()).isEqualTo(3.75, within(1e-9));
  }

  @Test
  void partsAndTheWholeBoardAreNotCountedTwice() throws IOException {
    Path processor = domain("intel-rapl:0", "package-0", 0);
    Path[] others = {
      domain("intel-rapl:0:0", "core", 0),
      domain("intel-rapl:0:1", "uncore", 0),
      domain("intel-rapl:0/intel-rapl:0:0", "core", 0),
      domain("intel-rapl:1", "psys", 0),
      domain("intel-rapl-mmio:0", "package-0", 0)
    };
    EnergyMeter meter = meter(powercap);
    for (Path other : others) {
      set(other, 50_000_000);
    }
    set(processor, 2_000_000);
    assertThat(meter.description()).isEqualTo("RAPL, 1 processor");
    assertThat(meter.joules()).isEqualTo(2, within(1e-9));
  }

  @Test
  void aCounterThatWrapsAroundGoesOnFromZero() throws IOException {
    Path processor = domain("intel-rapl:0", "package-0", RANGE - 999_999);
    EnergyMeter meter = meter(powercap);
    set(processor, 2_000_000);
    assertThat(meter.joules()).isEqualTo(3, within(1e-9));
    set(processor, 3_000_000);
    assertThat(meter.joules()).isEqualTo(4, within(1e-9));
  }

  @Test
  void aMachineWithoutCountersSaysSo() {
    EnergyMeter none = meter(powercap.resolve("absent"));
    assertThat(none.joules()).isNaN();
    assertThat(none.reason()).contains("no RAPL in ");
    assertThat(none.remedy()).isNull();
    assertThat(meter(powercap).description()).startsWith("not measured (no RAPL in ");
  }

  @Test
  void aCounterWithoutPermissionSaysHowToReadIt() throws IOException {
    Path file = domain("intel-rapl:0", "package-0", 1).resolve("energy_uj");
    EnergyMeter.TextFile refused =
        each -> {
          if (each.equals(file)) {
            throw new AccessDeniedException(each.toString()); // root would read it
          }
          return Files.readString(each);
        };
    EnergyMeter meter = EnergyMeter.of(powercap, refused);
    assertThat(meter.joules()).isNaN();
    assertThat(meter.reason()).isEqualTo("no permission to read " + file);
    assertThat(meter.remedy()).startsWith("sudo chmod a+r ").endsWith("intel-rapl:*/energy_uj");
  }

  @Test
  void aCounterThatDisappearsEndsTheMeasurement() throws IOException {
    Path processor = domain("intel-rapl:0", "package-0", 1);
    EnergyMeter meter = meter(powercap);
    Files.delete(processor.resolve("energy_uj"));
    assertThat(meter.joules()).isNaN();
    assertThat(meter.reason()).startsWith("RAPL cannot be read any more: ");
  }

  @Test
  void aDamagedCounterIsNoMeasurement() throws IOException {
    Files.writeString(domain("intel-rapl:0", "package-0", 1).resolve("energy_uj"), "many\n");
    assertThat(meter(powercap).reason()).startsWith("RAPL cannot be read: ");
  }
}

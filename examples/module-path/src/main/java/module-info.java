/** An application on the module path; Rapt is the one module it requires. */
module example.modular {
  requires dev.rapt.train;
}

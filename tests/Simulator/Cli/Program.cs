return Florin.Simulator.Cli.SimulateCommand.Run(args);

return await Florin.Server.Cli.CommandLine.RunAsync(args);

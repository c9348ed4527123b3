//! `box layer`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `box layer`.
#[derive(Debug, Args)]
pub struct Layer {
    /// Change to this folder first
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What `box layer` does.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make a layer of a folder
    Create(Create),
    /// Show what is in layers, in a folder or in a finished box
    List(List),
    /// Show what differs between two, or write it as a layer
    Diff(Diff),
    /// Write layers over one another into a folder
    Extract(Extract),
}

/// `box layer create`.
#[derive(Debug, Args)]
pub struct Create {
    /// The folder, which becomes the root of the layer
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where to write the layer; `-` is standard output, and what ends with `.gz` or `.tgz` is
    /// compressed [default: DIR.tar]
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Where in a box the folder is
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub at: String,
    /// Keep the times of the files; without it all are 1970, or as SOURCE_DATE_EPOCH says, and
    /// the same files are the same layer on any machine
    #[arg(long)]
    pub times: bool,
    /// Print what was made as JSON
    #[arg(long)]
    pub json: bool,
}

/// `box layer list`.
#[derive(Debug, Args)]
pub struct List {
    /// A layer; or several, the lowest first, which are shown as they are seen over one another;
    /// or a folder, or a finished box
    #[arg(value_name = "LAYER", required = true)]
    pub layers: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box layer diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What there was: a layer, a folder or a finished box
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// What there is
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Write the layer that makes the one of the other; `-` is standard output
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `box layer extract`.
#[derive(Debug, Args)]
pub struct Extract {
    /// Layers, the lowest first, or finished boxes
    #[arg(value_name = "LAYER", required = true)]
    pub layers: Vec<PathBuf>,
    /// The folder, which is made, or is there and empty
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

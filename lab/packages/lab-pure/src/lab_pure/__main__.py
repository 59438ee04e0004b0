from lab_pure import main

main()
